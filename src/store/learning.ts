import type { CountChange } from '../core/counts.ts'
import type { CountsStore } from './counts.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** How far the old mail of one mailbox has been read: UIDs from `low` to `high` are learned. */
export interface Progress {
  readonly uidValidity: string
  readonly low: number
  readonly high: number
  /** Messages read so far. */
  readonly read: number
}

export type LearnedMailbox = 'sent' | 'inbox' | 'archive' | 'junk' | 'noise'

/** Progress of first contact, written together with what was learned, so that an interrupted run neither skips nor repeats. */
export class LearningStore {
  readonly #redis: RedisClient
  readonly #counts: CountsStore

  constructor(redis: RedisClient, counts: CountsStore) {
    this.#redis = redis
    this.#counts = counts
  }

  async progress(accountId: string, mailbox: LearnedMailbox): Promise<Progress | null> {
    const json = await storing('read learning progress', () => this.#redis.hget(keys.learning(accountId), mailbox))
    return json ? (JSON.parse(json) as Progress) : null
  }

  /** Adds a lesson and moves the progress in one transaction. */
  async advance(accountId: string, mailbox: LearnedMailbox, lesson: CountChange, progress: Progress): Promise<void> {
    await storing('store a lesson', async () => {
      const transaction = this.#redis.multi()
      this.#counts.addWithin(transaction, accountId, lesson)
      transaction.hset(keys.learning(accountId), mailbox, JSON.stringify(progress))
      const results = await transaction.exec()
      const failed = results?.find(([error]) => error)
      if (!results || failed) throw failed?.[0] ?? new Error('the transaction was not carried out')
    })
  }

  /** Forgets the progress, so that the next run starts over. */
  async restart(accountId: string): Promise<void> {
    await storing('restart learning', () => this.#redis.del(keys.learning(accountId)))
  }
}
