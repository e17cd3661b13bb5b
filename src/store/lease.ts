import { LEASE_TTL_MS } from '../limits.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

const RENEW = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0`
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`

/** Among any number of pollers, one holds the lease on an account; it expires when its holder dies. */
export class LeaseStore {
  readonly #redis: RedisClient
  readonly #holder: string

  /** @param holder unique name of this process */
  constructor(redis: RedisClient, holder: string) {
    this.#redis = redis
    this.#holder = holder
  }

  /** True when this process holds the lease now, newly or still. */
  async acquire(accountId: string): Promise<boolean> {
    return storing('acquire a lease', async () => {
      const key = keys.lease(accountId)
      if (await this.#redis.set(key, this.#holder, 'PX', LEASE_TTL_MS, 'NX')) return true
      return (await this.#redis.eval(RENEW, 1, key, this.#holder, LEASE_TTL_MS)) === 1
    })
  }

  async release(accountId: string): Promise<void> {
    await storing('release a lease', () => this.#redis.eval(RELEASE, 1, keys.lease(accountId), this.#holder))
  }
}
