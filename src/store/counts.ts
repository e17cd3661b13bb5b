import type { ChainableCommander } from 'ioredis'
import type { CountChange, Counts } from '../core/counts.ts'
import type { Secrets } from '../secrets.ts'
import { keys } from './keys.ts'
import { evaluate, type RedisClient, storing } from './redis.ts'

/** Hashes stay in Redis' compact encoding (512 fields, 13 bytes each) up to about 500,000 counters an account. */
const BUCKETS = 1024
const BUCKET_BYTES = 2
const FIELD_BYTES = 6
const BATCH = 500

const READ = `
local found = {}
for i = 1, #KEYS do found[i] = redis.call('hget', KEYS[i], ARGV[i]) end
return found`

/**
 * Lua that adds to the counters from KEYS[first] on: ARGV holds field and amount of each, the last pair last.
 * A counter that returns to zero leaves no trace, so that unlearning restores the store to the byte.
 */
export const ADD_FROM = (first: number) => `
for i = ${first}, #KEYS do
  local at = #ARGV - 2 * (#KEYS - i) - 1
  if redis.call('hincrby', KEYS[i], ARGV[at], ARGV[at + 1]) == 0 then redis.call('hdel', KEYS[i], ARGV[at]) end
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

  /** Adds a change, all of it or nothing. */
  async add(accountId: string, change: CountChange): Promise<void> {
    const { names, values } = this.additionsFor(accountId, change)
    await storing('add to counters', () => evaluate(this.#redis, ADD_FROM(1), names, values))
  }

  /** Keys and values that ADD_FROM takes. */
  additionsFor(accountId: string, change: CountChange): { names: string[]; values: (Buffer | number)[] } {
    const additions = [...change].map(([name, by]) => ({ ...this.#place(accountId, name), by }))
    return { names: additions.map(({ key }) => key), values: additions.flatMap(({ field, by }) => [field, by]) }
  }

  /** The change under hashed names (hex): what may be kept with a decision. */
  hashed(accountId: string, change: CountChange): CountChange {
    return new Map([...change].map(([name, by]) => [this.#hash(accountId, name).toString('hex'), by]))
  }

  /** As `additionsFor`, for a change whose names are hashed. */
  additionsForHashed(accountId: string, change: CountChange): { names: string[]; values: (Buffer | number)[] } {
    const additions = [...change].map(([hex, by]) => ({ ...placeOf(accountId, Buffer.from(hex, 'hex')), by }))
    return { names: additions.map(({ key }) => key), values: additions.flatMap(({ field, by }) => [field, by]) }
  }

  /** Forgets all counters of an account as part of a transaction of the caller's. */
  clearWithin(transaction: ChainableCommander, accountId: string): void {
    transaction.unlink(...Array.from({ length: BUCKETS }, (_, bucket) => keys.counts(accountId, bucket)))
  }

  #place(accountId: string, name: string): Place {
    return placeOf(accountId, this.#hash(accountId, name))
  }

  #hash(accountId: string, name: string): Buffer {
    return this.#secrets.hashName(name, accountId).subarray(0, BUCKET_BYTES + FIELD_BYTES)
  }
}

interface Place {
  readonly key: string
  readonly field: Buffer
}

/** Where the counter with this hashed name (8 bytes) is kept. */
function placeOf(accountId: string, hash: Buffer): Place {
  return { key: keys.counts(accountId, hash.readUInt16BE(0) % BUCKETS), field: hash.subarray(BUCKET_BYTES) }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += BATCH) yield items.slice(i, i + BATCH)
}
