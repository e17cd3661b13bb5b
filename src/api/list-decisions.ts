import type { Static } from 'typebox'
import type { Decision } from '../decision.ts'
import { WorthwhileError } from '../errors.ts'
import type { AccountStore } from '../store/accounts.ts'
import type { DecisionStore } from '../store/decisions.ts'
import { type DecisionsQuery, timeOf } from './schemas.ts'

type Query = Static<typeof DecisionsQuery>
interface Position {
  readonly at: number
  readonly id: string
}

/** Decisions read from the store for one page at most; a page of a narrow search may be short and still have a next one. */
const MAX_READ = 2_000
const CHUNK = 100

interface Page {
  readonly items: Decision[]
  readonly nextCursor?: string
}

/** One page, newest first. A cursor names the last decision looked at, so pages neither skip nor repeat while mail arrives. */
export async function listDecisions(
  query: Query,
  deps: { accounts: AccountStore; decisions: DecisionStore },
): Promise<Page> {
  const accounts = query.account
    ? [(await deps.accounts.get(query.account)).id]
    : (await deps.accounts.list()).map(({ id }) => id)
  const limit = query.limit ?? 50
  const since = query.since ? timeOf(query.since, 'since') : 0
  let position = startOf(query)
  const items: Decision[] = []
  for (let read = 0; read < MAX_READ; ) {
    const chunk = await nextChunk(accounts, position, since, deps.decisions)
    const decisions = await Promise.all(chunk.map(({ id }) => deps.decisions.find(id)))
    for (const [i, decision] of decisions.entries()) {
      position = chunk[i] ?? position
      if (decision && matches(decision, query)) items.push(decision)
      if (items.length === limit && position) return { items, nextCursor: encodeCursor(position) }
    }
    read += chunk.length
    if (chunk.length < CHUNK) return { items }
  }
  return position ? { items, nextCursor: encodeCursor(position) } : { items }
}

/** The next ids of all accounts together, in one order: newest first, ids descending within a millisecond. */
async function nextChunk(
  accounts: string[],
  before: Position | null,
  since: number,
  decisions: DecisionStore,
): Promise<Position[]> {
  const lists = await Promise.all(accounts.map((id) => decisions.page(id, before, since, CHUNK)))
  return lists.flat().sort(newestFirst).slice(0, CHUNK)
}

const newestFirst = (a: Position, b: Position) => b.at - a.at || (a.id < b.id ? 1 : -1)

function startOf(query: Query): Position | null {
  if (query.cursor) return decodeCursor(query.cursor)
  return query.until ? { at: timeOf(query.until, 'until') + 1, id: '' } : null
}

function matches({ verdict, quotes }: Decision, query: Query): boolean {
  const holds = (text: string, part: string | undefined) =>
    part === undefined || text.toLowerCase().includes(part.toLowerCase())
  if (query.verdict && query.verdict !== verdict) return false
  return holds(quotes.from, query.sender) && holds(`${quotes.from}\n${quotes.subject}`, query.q)
}

function encodeCursor({ at, id }: Position): string {
  return Buffer.from(`${at} ${id}`).toString('base64url')
}

function decodeCursor(cursor: string): Position {
  const [, at, id] = /^(\d{1,16}) ([a-z0-9_.-]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (!at || !id) throw new WorthwhileError('INVALID_INPUT', 'cursor is not one that this service gave out')
  return { at: Number(at), id }
}
