import type { CountChange } from '../core/counts.ts'
import { WorthwhileError } from '../errors.ts'
import { ADD_FROM, type CountsStore } from './counts.ts'
import { keys } from './keys.ts'
import { evaluate, execute, type RedisClient, storing } from './redis.ts'

/** Adds a lesson only when the progress is where this run left it, and the account was not removed. */
const ADVANCE = `
local account, learning = KEYS[1], KEYS[2]
local mailbox, before, progress = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local known = redis.call('hget', learning, mailbox)
local read = known and cjson.decode(known).read or 0
if redis.call('exists', account) == 0 or read ~= before then return 0 end
redis.call('hset', learning, mailbox, progress)
${ADD_FROM(3)}
return 1`

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

  /**
   * Adds a lesson and moves the progress, both or neither. `readBefore` is how many messages were read before this
   * lesson. Throws LEARNING_OVERTAKEN when another run was there first, learning was restarted or the account removed.
   */
  async advance(
    accountId: string,
    mailbox: LearnedMailbox,
    lesson: CountChange,
    progress: Progress,
    readBefore: number,
  ): Promise<void> {
    const { names, values } = this.#counts.additionsFor(accountId, lesson)
    const all = [keys.account(accountId), keys.learning(accountId), ...names]
    const added = await storing('store a lesson', () =>
      evaluate(this.#redis, ADVANCE, all, [mailbox, readBefore, JSON.stringify(progress), ...values]),
    )
    if (added !== 1)
      throw new WorthwhileError(
        'LEARNING_OVERTAKEN',
        'Learning was restarted or done by another worker; it goes on there.',
      )
  }

  /** Forgets what was learned from old mail together with the progress, so that the next run starts over. */
  async restart(accountId: string): Promise<void> {
    await storing('restart learning', async () => {
      const transaction = this.#redis.multi()
      this.#counts.clearWithin(transaction, accountId)
      await execute(transaction.del(keys.learning(accountId)))
    })
  }
}
