import { accountOfDecision, type Decision, NO_QUOTES, type Quotes } from '../decision.ts'
import { FACTS_RETENTION_DAYS } from '../limits.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'
import { dayOf, latencyBucket } from './stats.ts'

const DAY_SECONDS = 86_400

/** Writes a decision once: a second run of the same job finds it there and changes nothing, counters included. */
const RECORD = `
local facts, quotes, decisions, decided, content, stats = unpack(KEYS)
if redis.call('exists', facts) == 1 then return 0 end
redis.call('hset', facts, unpack(cjson.decode(ARGV[1])))
redis.call('expire', facts, ARGV[2])
if tonumber(ARGV[4]) > 0 then redis.call('set', quotes, ARGV[3], 'EX', ARGV[4]) end
redis.call('zadd', decisions, ARGV[5], ARGV[6])
if ARGV[7] ~= '' then redis.call('zadd', decided, ARGV[7], ARGV[7]) end
redis.call('set', content, ARGV[6], 'EX', ARGV[2])
redis.call('hincrby', stats, 'decisions', 1)
redis.call('hincrby', stats, 'verdict:' .. ARGV[8], 1)
redis.call('expire', stats, ARGV[2])
return 1`

/** Writes the outcome once. */
const SETTLE = `
if redis.call('exists', KEYS[1]) == 0 or redis.call('hexists', KEYS[1], 'latencyMs') == 1 then return 0 end
redis.call('hset', KEYS[1], unpack(cjson.decode(ARGV[1])))
redis.call('hincrby', KEYS[2], ARGV[2], 1)
if ARGV[3] == '1' then redis.call('hincrby', KEYS[2], 'moved', 1) end
return 1`

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
    const field = `${place.uidValidity}.${place.uid}`
    const owner = await storing('claim a copy', async () => {
      await this.#redis.hsetnx(keys.filed(decision.account), field, decision.id)
      return this.#redis.hget(keys.filed(decision.account), field)
    })
    return owner === decision.id
  }

  /** The message was found at another place than the one on record (the reader moved it, or its UID changed). */
  async relocate(
    decision: Decision,
    place: { mailbox: string; uid: number },
    feedback?: Decision['feedback'],
  ): Promise<void> {
    const fields = {
      mailbox: place.mailbox,
      placeUid: String(place.uid),
      ...(feedback ? { feedback: JSON.stringify(feedback) } : {}),
    }
    await storing('relocate a decision', async () => {
      await this.#redis.hset(keys.facts(decision.account, decision.id), fields)
    })
  }

  /** Marks an INBOX message as dealt with under a UID that has no decision of its own. */
  async markDecided(accountId: string, uid: number): Promise<void> {
    await storing('mark a message', () => this.#redis.zadd(keys.decided(accountId), uid, String(uid)))
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
    return storing('list decisions', async () => {
      const max = before ? before.at : '+inf'
      const rows = await this.#redis.zrevrangebyscore(
        keys.decisions(accountId),
        max,
        since,
        'WITHSCORES',
        'LIMIT',
        0,
        limit + 50,
      )
      const found = pairs(rows).filter((row) => !before || row.at < before.at || row.id < before.id)
      return found.slice(0, limit)
    })
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
    ...(facts.feedback ? { feedback: JSON.parse(facts.feedback) } : {}),
    quotes: quotes ? (JSON.parse(quotes) as Quotes) : NO_QUOTES,
  }
}
