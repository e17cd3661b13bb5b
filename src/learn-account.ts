import type { Account } from './account.ts'
import { authservIdOf } from './core/authentication.ts'
import { type CountChange, combine } from './core/counts.ts'
import { lessonOfHistory, lessonOfSent } from './core/lessons.ts'
import type { Message } from './core/message.ts'
import type { Reader } from './core/reader.ts'
import { answered, connectImap, type ImapClient, inMailbox } from './imap/connect.ts'
import { type FetchedSource, fetchSources } from './imap/fetch-sources.ts'
import { findMailboxes, type Mailboxes } from './imap/mailboxes.ts'
import { logout } from './imap/sessions.ts'
import { readerOf } from './judge.ts'
import { LEARN_BATCH } from './limits.ts'
import type { Logger } from './logger.ts'
import { parseMessage } from './parse.ts'
import type { AccountStore } from './store/accounts.ts'
import type { LearnedMailbox, LearningStore, Progress } from './store/learning.ts'
import type { StatusStore } from './store/status.ts'

export interface LearnDeps {
  readonly accounts: AccountStore
  readonly learning: LearningStore
  readonly status: StatusStore
  readonly logger: Logger
  /** Messages read at most, newest first: of Sent, and of each mailbox of received mail. */
  readonly limits: { readonly sent: number; readonly received: number }
}

/** In this order: contacts first, since they protect from the worst mistakes. */
const ORDER: readonly LearnedMailbox[] = ['sent', 'inbox', 'archive', 'junk', 'noise']

interface Lesson {
  readonly account: Account
  readonly reader: Reader
  readonly client: ImapClient
  readonly mailboxes: Mailboxes
  readonly deps: LearnDeps
  readonly authservIds: Map<string, number>
}

/**
 * Reads old mail in bounded batches, newest first: all mailboxes at first contact, later what was sent since.
 * Resumable: progress is stored with each batch. On its own connection, so that new mail is judged meanwhile.
 */
export async function learnAccount(accountId: string, deps: LearnDeps): Promise<void> {
  const account = await deps.accounts.find(accountId)
  if (!account) return
  const client = await connectImap(account.imap, await deps.accounts.password(accountId))
  try {
    const mailboxes = await findMailboxes(client, account)
    const status = await deps.status.get(accountId)
    const lesson = {
      account,
      reader: readerOf(account, status),
      client,
      mailboxes,
      deps,
      authservIds: new Map<string, number>(),
    }
    const isFirst = status.learnedPercent < 100
    for (const [i, mailbox] of ORDER.entries()) {
      if (isFirst || mailbox === 'sent') await learnMailbox(lesson, mailbox)
      if (isFirst)
        await deps.status.set(accountId, { learnedPercent: Math.round((100 * (i + 1)) / (ORDER.length + 1)) })
    }
    if (isFirst) await finish(lesson)
  } finally {
    await logout(client)
  }
}

async function finish({ account, mailboxes, authservIds, deps }: Lesson): Promise<void> {
  const authservId = commonAuthservId(authservIds)
  const lacks = [
    ...(mailboxes.sent ? [] : ['No Sent mailbox was found: the people the reader writes to are unknown.']),
    ...(account.authservId || authservId
      ? []
      : [
          'No Authentication-Results of the receiving server were found: senders cannot be verified until authservId is set.',
        ]),
  ]
  await deps.status.set(account.id, { authservId, lacks, learnedPercent: 100 })
  deps.logger.info({ account: account.id, lacks: lacks.length }, 'old mail is learned')
}

/** Learns what is new above the progress, then goes on below it until the limit. */
async function learnMailbox(lesson: Lesson, mailbox: LearnedMailbox): Promise<void> {
  const path = lesson.mailboxes[mailbox]
  if (path === null) return
  await inMailbox(lesson.client, path, async () => {
    const opened = lesson.client.mailbox
    const uidValidity = opened ? String(opened.uidValidity) : ''
    const limit = mailbox === 'sent' ? lesson.deps.limits.sent : lesson.deps.limits.received
    const { start } = lesson.account
    // What arrived in INBOX since the account was added is judged, and learned from by what the reader does with it.
    const isOld = (uid: number) => mailbox !== 'inbox' || start?.uidValidity !== uidValidity || uid < start.uidNext
    let progress = await knownProgress(lesson, mailbox, uidValidity)
    const pending = (await pendingUids(lesson.client, progress, limit)).filter(isOld)
    for (const batch of batchesOf(pending)) progress = await learnBatch(lesson, mailbox, batch, progress)
    if (mailbox === 'sent' && opened) await lesson.deps.status.set(lesson.account.id, { sentUid: opened.uidNext - 1 })
  })
}

async function knownProgress(
  { account, deps }: Lesson,
  mailbox: LearnedMailbox,
  uidValidity: string,
): Promise<Progress> {
  const known = await deps.learning.progress(account.id, mailbox)
  // After a renumbering there is no telling which messages were learned: learning them twice would be worse than waiting.
  if (known && known.uidValidity !== uidValidity)
    return { uidValidity, low: 1, high: Number.MAX_SAFE_INTEGER, read: known.read }
  return known ?? { uidValidity, low: Number.MAX_SAFE_INTEGER, high: 0, read: 0 }
}

/** Newest first: what came above `high`, then what lies below `low`, the latter only up to the limit. */
async function pendingUids(client: ImapClient, { low, high, read }: Progress, limit: number): Promise<number[]> {
  const found = (await answered(client, 'SEARCH', client.search({ all: true }, { uid: true }))) || []
  const newestFirst = found.sort((a, b) => b - a)
  if (read === 0) return newestFirst.slice(0, limit)
  const above = newestFirst.filter((uid) => uid > high).reverse()
  const below = newestFirst.filter((uid) => uid < low)
  return [...above, ...below.slice(0, Math.max(0, limit - read))]
}

function* batchesOf(uids: readonly number[]): Generator<readonly number[]> {
  for (let i = 0; i < uids.length; i += LEARN_BATCH) yield uids.slice(i, i + LEARN_BATCH)
}

async function learnBatch(
  lesson: Lesson,
  mailbox: LearnedMailbox,
  uids: readonly number[],
  before: Progress,
): Promise<Progress> {
  const { client, account, deps } = lesson
  const changes: CountChange[] = []
  for (const fetched of await fetchSources(client, uids)) changes.push(await changeOf(lesson, mailbox, fetched))
  const progress = {
    uidValidity: before.uidValidity,
    low: Math.min(before.low, ...uids),
    high: Math.max(before.high, ...uids),
    read: before.read + uids.length,
  }
  await deps.learning.advance(account.id, mailbox, combine(changes), progress, before.read)
  return progress
}

/** What one old message teaches; one that cannot be read teaches nothing. */
async function changeOf(lesson: Lesson, mailbox: LearnedMailbox, fetched: FetchedSource): Promise<CountChange> {
  const { reader, deps, account } = lesson
  try {
    const message = await parseMessage(fetched.source, { sizeBytes: fetched.sizeBytes, truncated: fetched.truncated })
    if (mailbox === 'sent') return lessonOfSent(message, reader)
    if (mailbox !== 'noise') countAuthservId(lesson, message)
    return lessonOfHistory(message, fetched.flags, mailbox, reader)
  } catch (err) {
    deps.logger.warn({ err, account: account.id }, 'an old message could not be read; nothing is learned from it')
    return new Map()
  }
}

function countAuthservId({ authservIds }: Lesson, message: Message): void {
  const topmost = message.headers.get('authentication-results')?.[0]
  const id = topmost ? authservIdOf(topmost) : ''
  authservIds.set(id, (authservIds.get(id) ?? 0) + 1)
}

/** Fewest old messages, and smallest share of them, that must name the same server before it is believed. */
const MIN_NAMED = 5
const MIN_NAMED_SHARE = 0.8

/** The authserv-id on top of nearly all old mail; null when there is none: a forger can name any server in one message, not in most. */
export function commonAuthservId(seen: ReadonlyMap<string, number>): string | null {
  const total = [...seen.values()].reduce((sum, n) => sum + n, 0)
  const [id, n] = [...seen].sort((a, b) => b[1] - a[1])[0] ?? ['', 0]
  return id !== '' && n >= MIN_NAMED && n >= MIN_NAMED_SHARE * total ? id : null
}
