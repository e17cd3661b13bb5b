import { accountOfDecision, type Decision, NO_QUOTES, type Quotes } from '../decision.ts'
import { FACTS_RETENTION_DAYS } from '../limits.ts'
import { CHANGE, CLAIM, MARK, RECORD, SETTLE } from './decision-scripts.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'
import { dayOf, latencyBucket } from './stats.ts'

const DAY_SECONDS = 86_400
const DAY_MS = 1000 * DAY_SECONDS
const RETAIN_BATCH = 500

/** Where a message ended up, and what stood in the way. */
export type Outcome = Pick<Decision, 'mailbox' | 'placeUid' | 'moved' | 'problem'> & { readonly settledAt: number }

/** Decisions: facts for a long time, quotes for the retention time. Throws STORE_UNAVAILABLE. */
export class DecisionStore {
  readonly #redis: RedisClient

  constructor(redis: RedisClient) {
    this.#redis = redis
  }

  /** Records a decision before anything is done about it; false when this message has one already. */
  async record(decision: Decision, retentionDays: number): Promise<boolean> {
    const { account, id } = decision
    const names = [
      keys.account(account),
      keys.facts(account, id),
      keys.quotes(account, id),
      keys.decisions(account),
      keys.decided(account),
      keys.content(account, decision.content),
      keys.stats(account, dayOf(decision.decidedAt)),
    ]
    const values = [
      JSON.stringify(factFields(decision)),
      FACTS_RETENTION_DAYS * DAY_SECONDS,
      JSON.stringify(decision.quotes),
      retentionDays * DAY_SECONDS,
      decision.decidedAt,
      id,
      isInInbox(id) ? decision.uid : '',
      decision.verdict,
    ]
    return storing(
      'record a decision',
      async () => (await this.#redis.eval(RECORD, names.length, ...names, ...values)) === 1,
    )
  }

  /** Records where the message is now; the first outcome stays. */
  async settle(decision: Decision, outcome: Outcome): Promise<void> {
    const latencyMs = Math.max(0, outcome.settledAt - decision.announcedAt)
    const fields = [
      ...['latencyMs', String(latencyMs), 'moved', outcome.moved ? '1' : '0'],
      ...['mailbox', outcome.mailbox ?? '', 'placeUid', String(outcome.placeUid ?? '')],
      ...(outcome.problem ? ['problem', JSON.stringify(outcome.problem)] : []),
    ]
    const names = [keys.facts(decision.account, decision.id), keys.stats(decision.account, dayOf(decision.decidedAt))]
    const values = [JSON.stringify(fields), `latency:${latencyBucket(latencyMs)}`, outcome.moved ? '1' : '0']
    await storing('settle a decision', () => this.#redis.eval(SETTLE, names.length, ...names, ...values))
  }

  /** Reserves a message of the Noise mailbox as the one this decision put there; false when another decision has it. */
  async claim(decision: Decision, place: { uidValidity: string; uid: number }): Promise<boolean> {
    const names = [keys.facts(decision.account, decision.id), keys.filed(decision.account)]
    const field = `${place.uidValidity}.${place.uid}`
    const owns = await storing('claim a copy', () =>
      this.#redis.eval(CLAIM, names.length, ...names, field, decision.id),
    )
    return owns === 1
  }

  /** Whether this decision put the message there. */
  async isFiled(decision: Decision, place: { uidValidity: string; uid: number }): Promise<boolean> {
    const field = `${place.uidValidity}.${place.uid}`
    return (
      (await storing('look up a copy', () => this.#redis.hget(keys.filed(decision.account), field))) === decision.id
    )
  }

  /** The message is at another place than the one on record: its UID changed, or the reader moved it. */
  async relocate(decision: Decision, place: { mailbox: string; uid: number }, by?: 'reader'): Promise<void> {
    await this.#change(decision, ['mailbox', place.mailbox, 'placeUid', String(place.uid), 'placedBy', by ?? ''])
  }

  /** Marks a decision as undone; the first time stays. */
  async markUndone(decision: Decision, at: number): Promise<void> {
    if (decision.undoneAt === undefined) await this.#change(decision, ['undoneAt', String(at)])
  }

  async #change({ account, id }: Decision, fields: string[]): Promise<void> {
    await storing('change a decision', () => this.#redis.eval(CHANGE, 1, keys.facts(account, id), ...fields))
  }

  /** Marks an INBOX message as dealt with under a UID that has no decision of its own. */
  async markDecided(accountId: string, uid: number): Promise<void> {
    const names = [keys.account(accountId), keys.decided(accountId)]
    await storing('mark a message', () => this.#redis.eval(MARK, names.length, ...names, uid))
  }

  async find(id: string): Promise<Decision | null> {
    const account = accountOfDecision(id)
    if (!account) return null
    return storing('read a decision', async () => {
      const [facts, quotes] = await Promise.all([
        this.#redis.hgetall(keys.facts(account, id)),
        this.#redis.get(keys.quotes(account, id)),
      ])
      return toDecision(facts, quotes)
    })
  }

  /** The decision on the message with this content hash, under whatever UID it was made. */
  async findByContent(accountId: string, hash: string): Promise<Decision | null> {
    const id = await storing('look a message up', () => this.#redis.get(keys.content(accountId, hash)))
    return id === null ? null : this.find(id)
  }

  /** Ids and times (ms) newest first, from just before `before`, at most `limit`. */
  async page(
    accountId: string,
    before: { at: number; id: string } | null,
    since: number,
    limit: number,
  ): Promise<{ id: string; at: number }[]> {
    const max = before ? before.at : '+inf'
    const found: { id: string; at: number }[] = []
    // Any number of decisions of the same millisecond may come before the one to start from.
    for (let offset = 0; found.length < limit; offset += limit) {
      const rows = await storing('list decisions', () =>
        this.#redis.zrevrangebyscore(keys.decisions(accountId), max, since, 'WITHSCORES', 'LIMIT', offset, limit),
      )
      found.push(...pairs(rows).filter((row) => !before || row.at < before.at || row.id < before.id))
      if (rows.length < 2 * limit) break
    }
    return found.slice(0, limit)
  }

  /** Applies a new retention time to the quotes of all decisions, counted from the time of each. */
  async retain(accountId: string, retentionDays: number): Promise<void> {
    let before: { at: number; id: string } | null = null
    for (;;) {
      const rows = await this.page(accountId, before, 0, RETAIN_BATCH)
      const expiries = rows.map(({ id, at }) => [keys.quotes(accountId, id), at + retentionDays * DAY_MS] as const)
      await storing('change the retention', () =>
        Promise.all(expiries.map(([key, at]) => this.#redis.pexpireat(key, at))),
      )
      before = rows.at(-1) ?? null
      if (rows.length < RETAIN_BATCH) return
    }
  }
}

function pairs(rows: string[]): { id: string; at: number }[] {
  const found = []
  for (let i = 0; i + 1 < rows.length; i += 2) found.push({ id: rows[i] ?? '', at: Number(rows[i + 1]) })
  return found
}

const isInInbox = (id: string) => !/\.n\d+\.\d+$/.test(id)

function factFields(decision: Decision): string[] {
  const { quotes: _, problem, feedback, latencyMs, ...plain } = decision
  const fields = Object.entries({
    ...plain,
    moved: decision.moved ? '1' : '0',
    mailbox: decision.mailbox ?? '',
    placeUid: decision.placeUid ?? '',
  })
  const json = Object.entries({ problem, feedback }).flatMap(([name, value]) =>
    value ? [name, JSON.stringify(value)] : [],
  )
  return [
    ...fields.flatMap(([name, value]) => [name, String(value)]),
    ...json,
    ...(latencyMs === null ? [] : ['latencyMs', String(latencyMs)]),
  ]
}

function toDecision(facts: Record<string, string>, quotes: string | null): Decision | null {
  if (!facts.id) return null
  return {
    id: facts.id,
    account: facts.account ?? '',
    uid: Number(facts.uid),
    verdict: facts.verdict as Decision['verdict'],
    probability: Number(facts.probability),
    receivedAt: Number(facts.receivedAt),
    decidedAt: Number(facts.decidedAt),
    announcedAt: Number(facts.announcedAt),
    sizeBytes: Number(facts.sizeBytes),
    content: facts.content ?? '',
    mailbox: facts.mailbox || null,
    placeUid: facts.placeUid ? Number(facts.placeUid) : null,
    moved: facts.moved === '1',
    latencyMs: facts.latencyMs === undefined ? null : Number(facts.latencyMs),
    ...(facts.problem ? { problem: JSON.parse(facts.problem) } : {}),
    ...(facts.placedBy === 'reader' ? { placedBy: 'reader' as const } : {}),
    ...(facts.feedback ? { feedback: JSON.parse(facts.feedback) } : {}),
    ...(facts.undoneAt ? { undoneAt: Number(facts.undoneAt) } : {}),
    quotes: quotes ? (JSON.parse(quotes) as Quotes) : NO_QUOTES,
  }
}
