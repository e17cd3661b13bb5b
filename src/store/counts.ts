import type { ChainableCommander } from 'ioredis'
import type { CountChange, Counts } from '../core/counts.ts'
import type { Secrets } from '../secrets.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** Hashes small enough for Redis' compact encoding (128 fields) up to about 100,000 counters an account. */
const BUCKETS = 1024
const FIELD_BYTES = 6
const BATCH = 500

const READ = `
local found = {}
for i = 1, #KEYS do found[i] = redis.call('hget', KEYS[i], ARGV[i]) end
return found`

/** A counter that returns to zero leaves no trace, so that unlearning restores the store to the byte. */
const ADD = `
for i = 1, #KEYS do
  if redis.call('hincrby', KEYS[i], ARGV[2 * i - 1], ARGV[2 * i]) == 0 then redis.call('hdel', KEYS[i], ARGV[2 * i - 1]) end
end`

/** What was learned for one account: integers under keyed hashes of their names. */
export class CountsStore {
  readonly #redis: RedisClient
  readonly #secrets: Secrets

  constructor(redis: RedisClient, secrets: Secrets) {
    this.#redis = redis
    this.#secrets = secrets
  }

  /** The counters among `names` that are not zero. */
  async read(accountId: string, names: readonly string[]): Promise<Counts> {
    const counts = new Map<string, number>()
    for (const batch of batches(names)) {
      const places = batch.map((name) => this.#place(accountId, name))
      const values = await storing('read counters', () =>
        this.#redis.eval(READ, places.length, ...places.map((p) => p.key), ...places.map((p) => p.field)),
      )
      for (const [i, value] of (values as (string | null)[]).entries())
        if (value !== null) counts.set(batch[i] ?? '', Number(value))
    }
    return counts
  }

  /** Adds a change in one transaction. */
  async add(accountId: string, change: CountChange): Promise<void> {
    await storing('add to counters', async () => {
      const transaction = this.#redis.multi()
      this.addWithin(transaction, accountId, change)
      await transaction.exec()
    })
  }

  /** Adds a change as part of a transaction of the caller's. */
  addWithin(transaction: ChainableCommander, accountId: string, change: CountChange): void {
    for (const batch of batches([...change])) {
      const places = batch.map(([name]) => this.#place(accountId, name))
      const values = batch.flatMap(([, by], i) => [places[i]?.field ?? '', by])
      transaction.eval(ADD, places.length, ...places.map((place) => place.key), ...values)
    }
  }

  /** Forgets all counters of an account. */
  async clear(accountId: string): Promise<void> {
    const buckets = Array.from({ length: BUCKETS }, (_, bucket) => keys.counts(accountId, bucket))
    await storing('forget counters', () => this.#redis.unlink(...buckets))
  }

  #place(accountId: string, name: string): { key: string; field: Buffer } {
    const hash = this.#secrets.hashName(name, accountId)
    return { key: keys.counts(accountId, hash.readUInt16BE(0) % BUCKETS), field: hash.subarray(2, 2 + FIELD_BYTES) }
  }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += BATCH) yield items.slice(i, i + BATCH)
}
