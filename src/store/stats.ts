import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** Upper bounds in ms of the latency histogram; the last bucket takes the rest. */
const LATENCY_BOUNDS_MS = [
  5, 10, 15, 20, 25, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 5_000, 15_000, 60_000, 300_000,
]

/** Counters of one UTC day, e.g. `decisions`, `verdict:noise`, `moved`, `latency:25`. */
export type DayCounts = ReadonlyMap<string, number>

/** `2026-03-01` for a time in ms since 1970. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** Name of the histogram bucket a latency falls into: its upper bound in ms, or `inf`. */
export function latencyBucket(latencyMs: number): string {
  return String(LATENCY_BOUNDS_MS.find((bound) => latencyMs <= bound) ?? 'inf')
}

/** Upper bound in ms of the bucket that holds the given share (0..1) of latencies; null without any. */
export function latencyQuantile(counts: DayCounts, share: number): number | null {
  const buckets = LATENCY_BOUNDS_MS.map((bound) => ({ bound, n: counts.get(`latency:${bound}`) ?? 0 }))
  const total = buckets.reduce((sum, { n }) => sum + n, counts.get('latency:inf') ?? 0)
  if (total === 0) return null
  let seen = 0
  for (const { bound, n } of buckets) {
    seen += n
    if (seen >= share * total) return bound
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? null
}

/** Counters written by the decision store, read by day. */
export class StatsStore {
  readonly #redis: RedisClient

  constructor(redis: RedisClient) {
    this.#redis = redis
  }

  async day(accountId: string, day: string): Promise<DayCounts> {
    const fields = await storing('read counters', () => this.#redis.hgetall(keys.stats(accountId, day)))
    return new Map(Object.entries(fields).map(([name, value]) => [name, Number(value)]))
  }
}
