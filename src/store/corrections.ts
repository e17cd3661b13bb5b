import type { Remembered, Said, Scope } from '../core/corrections.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** One thing the reader said, remembered until it is taken back or contradicted. */
export interface Correction {
  readonly scope: Scope
  /** Content hash of a message, address of a sender, or registrable domain. */
  readonly key: string
  readonly verdict: Said
  /** ms since 1970. */
  readonly at: number
  /** The decision it was said about. */
  readonly decision: string
}

const SCOPES: readonly Scope[] = ['message', 'sender', 'domain']

/** Field of the corrections hash. */
export const correctionField = (scope: Scope, key: string) => `${scope} ${key}`

/** The reader's own words, by scope. Written by `LessonStore`, together with what they teach. */
export class CorrectionStore {
  readonly #redis: RedisClient

  constructor(redis: RedisClient) {
    this.#redis = redis
  }

  /** What was said about a message with these keys; a missing key stands for nothing said. */
  async remembered(accountId: string, about: { readonly [S in Scope]?: string }): Promise<Remembered> {
    const asked = SCOPES.filter((scope) => about[scope])
    if (asked.length === 0) return {}
    const fields = asked.map((scope) => correctionField(scope, about[scope] ?? ''))
    const found = await storing('read corrections', () => this.#redis.hmget(keys.corrections(accountId), ...fields))
    return Object.fromEntries(
      asked.flatMap((scope, i) => (found[i] ? [[scope, (JSON.parse(found[i]) as Correction).verdict]] : [])),
    )
  }

  /** All of them, newest first. */
  async list(accountId: string): Promise<Correction[]> {
    const found = await storing('list corrections', () => this.#redis.hvals(keys.corrections(accountId)))
    return found.map((json) => JSON.parse(json) as Correction).sort((a, b) => b.at - a.at)
  }

  /** Takes one back; false when there was none. What was learned from it stays. */
  async remove(accountId: string, scope: Scope, key: string): Promise<boolean> {
    return storing(
      'remove a correction',
      async () => (await this.#redis.hdel(keys.corrections(accountId), correctionField(scope, key))) === 1,
    )
  }
}
