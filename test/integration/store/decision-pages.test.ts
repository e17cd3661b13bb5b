import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/decision.ts'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { dayOf, latencyBucket, latencyQuantile } from '../../../src/store/stats.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, NOON, type Stores, storesOn } from './arrangement.ts'

let server: RedisServer
let redis: RedisClient
let stores: Stores
beforeAll(async () => {
  server = await startRedis()
  redis = connectRedis(server.url, 'request')
  stores = storesOn(redis)
})
afterAll(async () => {
  redis.disconnect()
  await server.cleanup()
})

/** A new account, and decisions on its messages 1..n. */
async function recorded(n: number, over: Partial<Decision> = {}): Promise<{ id: string; decisions: Decision[] }> {
  const { id } = await addedTo(stores)
  const decisions = Array.from({ length: n }, (_, i) => decisionOn(id, i + 1, over))
  for (const decision of decisions) await stores.decisions.record(decision, 30)
  return { id, decisions }
}

const statsOf = async (id: string) => Object.fromEntries(await stores.stats.day(id, dayOf(NOON)))
const moved = { mailbox: 'Worthwhile/Noise', placeUid: 77, moved: true, settledAt: NOON + 31 }

describe('pages of decisions', () => {
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => Number(id.split('.')[2]))

  it('go from new to old', async () => {
    const { id } = await recorded(5)
    expect(ids(await stores.decisions.page(id, null, 0, 3))).toEqual([5, 4, 3])
    expect(ids(await stores.decisions.page(id, { at: NOON + 3, id: `${id}.1.3` }, 0, 3))).toEqual([2, 1])
    expect(ids(await stores.decisions.page(id, null, NOON + 4, 10))).toEqual([5, 4])
  })

  it('neither skip nor repeat while decisions are added', async () => {
    const { id } = await recorded(30)
    const seen: number[] = []
    let from: { at: number; id: string } | null = null
    for (let added = 100; ; added++) {
      const page: { id: string; at: number }[] = await stores.decisions.page(id, from, 0, 7)
      seen.push(...ids(page))
      if (page.length < 7) break
      from = page.at(-1) ?? null
      await stores.decisions.record(decisionOn(id, added), 30)
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => 30 - i))
  })

  it('hold any number of decisions of the same millisecond', async () => {
    const { id } = await recorded(230, { decidedAt: NOON })
    const seen: string[] = []
    for (let from: { at: number; id: string } | null = null; ; ) {
      const page: { id: string; at: number }[] = await stores.decisions.page(id, from, 0, 20)
      seen.push(...page.map((row) => row.id))
      if (page.length < 20) break
      from = page.at(-1) ?? null
    }
    expect(seen).toHaveLength(230)
    expect(new Set(seen).size).toBe(230)
  })

  it('leave out what is so old that its facts have expired', async () => {
    const { id } = await addedTo(stores)
    const old = decisionOn(id, 1, { decidedAt: NOON - 401 * 86_400_000 })
    await stores.decisions.record(old, 30)
    await stores.decisions.record(decisionOn(id, 2), 30)
    expect(ids(await stores.decisions.page(id, null, 0, 10))).toEqual([2])
  })
})

describe('the counters of a day', () => {
  it('are those of its decisions', async () => {
    const { id, decisions } = await recorded(3)
    const [first, second] = decisions as [Decision, Decision, Decision]
    await stores.decisions.record(decisionOn(id, 10, { verdict: 'valuable' }), 30)
    await stores.decisions.settle(first, moved)
    await stores.decisions.settle(second, { ...moved, settledAt: first.announcedAt + 999_999 })
    expect(await statsOf(id)).toEqual({
      decisions: 4,
      'verdict:noise': 3,
      'verdict:valuable': 1,
      moved: 2,
      'latency:50': 1,
      'latency:inf': 1,
    })
    expect(await stores.stats.day(id, '2026-03-02')).toEqual(new Map())
  })

  it('are kept as long as the facts', async () => {
    const { id } = await recorded(1)
    for (const key of [`stats:${dayOf(NOON)}`, `facts:${id}.1.1`, 'content:content-1'])
      expect(Math.round((await redis.ttl(`ww:{${id}}:${key}`)) / 86_400)).toBe(400)
  })
})

describe('latencies', () => {
  it('fall into the smallest bucket that holds them', () => {
    expect([0, 5, 6, 100, 300_000, 300_001].map(latencyBucket)).toEqual(['5', '5', '10', '100', '300000', 'inf'])
  })

  it('have quantiles, told as the upper bound of their bucket', () => {
    const counts = new Map([
      ['latency:10', 98],
      ['latency:250', 1],
      ['latency:inf', 1],
    ])
    expect(latencyQuantile(counts, 0.5)).toBe(10)
    expect(latencyQuantile(counts, 0.99)).toBe(250)
    expect(latencyQuantile(counts, 1)).toBe(300_000)
    expect(latencyQuantile(new Map(), 0.5)).toBeNull()
  })
})
