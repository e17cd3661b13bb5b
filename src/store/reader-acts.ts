import type { MailboxPosition } from '../account.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** UIDs of handled messages remembered at most; older ones are no longer looked at. */
const MAX_HANDLED = 10_000

/** Nothing is written about an account that was removed. */
const SET_POSITION = `
if redis.call('exists', KEYS[1]) == 1 then redis.call('hset', KEYS[2], ARGV[1], ARGV[2]) end`
const MARK_HANDLED = `
if redis.call('exists', KEYS[1]) == 0 then return end
for i = 3, #ARGV do redis.call('zadd', KEYS[2], ARGV[i], ARGV[1] .. '.' .. ARGV[i]) end
redis.call('zremrangebyrank', KEYS[2], 0, -ARGV[2] - 1)`

/** What was noticed of the reader's acts: how far Noise and Junk were looked through, and which messages in INBOX were handled. */
export class ReaderActStore {
  readonly #redis: RedisClient

  constructor(redis: RedisClient) {
    this.#redis = redis
  }

  /** How far the mailbox was looked through; null when it never was. */
  async seenUpTo(accountId: string, mailbox: 'noise' | 'junk'): Promise<MailboxPosition | null> {
    const json = await storing('read a position', () => this.#redis.hget(keys.position(accountId), mailbox))
    return json ? (JSON.parse(json) as MailboxPosition) : null
  }

  async setSeenUpTo(accountId: string, mailbox: 'noise' | 'junk', to: MailboxPosition): Promise<void> {
    const names = [keys.account(accountId), keys.position(accountId)]
    await storing('set a position', () =>
      this.#redis.eval(SET_POSITION, names.length, ...names, mailbox, JSON.stringify(to)),
    )
  }

  /** The UIDs of the Noise mailbox, in their order, that the service did not put there. */
  async withoutOwn(accountId: string, uidValidity: string, uids: readonly number[]): Promise<number[]> {
    if (uids.length === 0) return []
    const fields = uids.map((uid) => `${uidValidity}.${uid}`)
    const owners = await storing('look copies up', () => this.#redis.hmget(keys.filed(accountId), ...fields))
    return uids.filter((_, i) => !owners[i])
  }

  /** The UIDs of INBOX, in their order, that were not marked as handled before. */
  async newlyHandled(accountId: string, uidValidity: string, uids: readonly number[]): Promise<number[]> {
    if (uids.length === 0) return []
    const members = uids.map((uid) => `${uidValidity}.${uid}`)
    const scores = await storing('look handled messages up', () =>
      this.#redis.zmscore(keys.handled(accountId), ...members),
    )
    return uids.filter((_, i) => scores[i] === null)
  }

  async markHandled(accountId: string, uidValidity: string, uids: readonly number[]): Promise<void> {
    if (uids.length === 0) return
    const names = [keys.account(accountId), keys.handled(accountId)]
    await storing('mark handled messages', () =>
      this.#redis.eval(MARK_HANDLED, names.length, ...names, uidValidity, MAX_HANDLED, ...uids),
    )
  }
}
