import type { MailboxPosition } from '../account.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** How far an account's INBOX is dealt with. */
export interface InboxPosition {
  readonly uidValidity: string
  /** Every message with this UID or a lower one is dealt with (or was there before the account). */
  readonly doneUid: number
}

/** Nothing is written about an account that was removed: a sweep under way may end later than the account. */
const ADVANCE = `
if redis.call('exists', KEYS[1]) == 0 then return end
redis.call('hset', KEYS[2], 'uidValidity', ARGV[1], 'doneUid', ARGV[2])
redis.call('zremrangebyscore', KEYS[3], '-inf', ARGV[2])`

/** Which INBOX messages have a decision: the memory behind sweeps. */
export class PositionStore {
  readonly #redis: RedisClient

  constructor(redis: RedisClient) {
    this.#redis = redis
  }

  /** null when the account was never watched, or the store was wiped. */
  async inbox(accountId: string): Promise<InboxPosition | null> {
    return storing('read a position', async () => {
      const [uidValidity, doneUid] = await this.#redis.hmget(keys.position(accountId), 'uidValidity', 'doneUid')
      return uidValidity && doneUid ? { uidValidity, doneUid: Number(doneUid) } : null
    })
  }

  /** Moves the position forward, and forgets the single decided UIDs at or below it. */
  async advance(accountId: string, to: InboxPosition): Promise<void> {
    const names = [keys.account(accountId), keys.position(accountId), keys.decided(accountId)]
    await storing('advance a position', () =>
      this.#redis.eval(ADVANCE, names.length, ...names, to.uidValidity, to.doneUid),
    )
  }

  /** Starts over in a mailbox with a new UIDVALIDITY (RFC 3501 2.3.1.1: its UIDs mean other messages now). */
  async restart(accountId: string, at: MailboxPosition): Promise<void> {
    await storing('restart a position', () => this.#redis.del(keys.decided(accountId)))
    await this.advance(accountId, { uidValidity: at.uidValidity, doneUid: at.uidNext - 1 })
  }

  /** UIDs above the position that have a decision. */
  async decidedUids(accountId: string): Promise<Set<number>> {
    const uids = await storing('list decided messages', () => this.#redis.zrange(keys.decided(accountId), '0', '-1'))
    return new Set(uids.map(Number))
  }
}
