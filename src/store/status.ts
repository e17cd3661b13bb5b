import type { PaceFigures } from '../pace.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

export interface AccountStatus {
  /** ms since 1970; null when never. */
  readonly lastMailAt: number | null
  readonly lastSyncAt: number | null
  readonly learned: { readonly valuable: number; readonly noise: number }
  /** authserv-id seen in the reader's own old mail; null when none is clear. */
  readonly authservId: string | null
  /** null while all is well. */
  readonly problem: { readonly code: string; readonly text: string } | null
  /** Percent of the first learning that is done, 0..100. */
  readonly learnedPercent: number
  /** Figures of the first learning; null when it does not run. */
  readonly learning: PaceFigures | null
  /** UID of the newest sent message learned from; 0 when none. */
  readonly sentUid: number
  /** What learning found to be missing, in plain words. */
  readonly lacks: readonly string[]
}

/** What stands for the status of a reader about whom nothing is known, and nothing is being learned. */
export const NOTHING_LEARNED: AccountStatus = {
  lastMailAt: null,
  lastSyncAt: null,
  learned: { valuable: 0, noise: 0 },
  authservId: null,
  problem: null,
  learnedPercent: 100,
  learning: null,
  sentUid: 0,
  lacks: [],
}

type Change = { -readonly [Name in keyof Omit<AccountStatus, 'learned'>]?: AccountStatus[Name] }

/** Nothing is written about an account that was removed: work under way may end later than the account. */
const SET = `
if redis.call('exists', KEYS[1]) == 1 then redis.call('hset', KEYS[2], unpack(ARGV)) end`

/** What the poller and the learner last saw of an account. */
export class StatusStore {
  readonly #redis: RedisClient

  constructor(redis: RedisClient) {
    this.#redis = redis
  }

  async get(accountId: string): Promise<AccountStatus> {
    const fields = await storing('read a status', () => this.#redis.hgetall(keys.status(accountId)))
    const value = <T>(name: string, fallback: T): T =>
      fields[name] === undefined ? fallback : (JSON.parse(fields[name]) as T)
    return {
      lastMailAt: value('lastMailAt', null),
      lastSyncAt: value('lastSyncAt', null),
      learned: { valuable: value('learnedValuable', 0), noise: value('learnedNoise', 0) },
      authservId: value('authservId', null),
      problem: value('problem', null),
      learnedPercent: value('learnedPercent', 0),
      learning: value('learning', null),
      sentUid: value('sentUid', 0),
      lacks: value('lacks', []),
    }
  }

  async set(accountId: string, change: Change): Promise<void> {
    const fields = Object.entries(change).flatMap(([name, value]) => [name, JSON.stringify(value)])
    const names = [keys.account(accountId), keys.status(accountId)]
    await storing('write a status', () => this.#redis.eval(SET, names.length, ...names, ...fields))
  }

  async addLearned(accountId: string, verdict: 'valuable' | 'noise', by: number): Promise<void> {
    const field = verdict === 'valuable' ? 'learnedValuable' : 'learnedNoise'
    await storing('count a lesson', () => this.#redis.hincrby(keys.status(accountId), field, by))
  }
}
