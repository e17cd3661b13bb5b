import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/decision.ts'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { dayOf } from '../../../src/store/stats.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, everything, NOON, type Stores, storesOn } from './arrangement.ts'

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

describe('a decision', () => {
  it('is read as it was recorded', async () => {
    const { id } = await addedTo(stores)
    const problem = { code: 'UNPARSABLE', text: 'It could not be read.' }
    const written = decisionOn(id, 1, { problem, verdict: 'unsure', mailbox: null, placeUid: null })
    expect(await stores.decisions.record(written, 30)).toBe(true)
    expect(await stores.decisions.find(written.id)).toEqual(written)
    expect(await stores.decisions.findByContent(id, 'content-1')).toEqual(written)
  })

  it('does not exist under a made-up id', async () => {
    const ids = ['', 'nobody.1.1', 'a.1', 'a.b.c', '*.1.1', '{x}.1.1', `${'a'.repeat(64)}.1.1`, 'a.1.1\n', '__proto__']
    expect(await Promise.all(ids.map((id) => stores.decisions.find(id)))).toEqual(ids.map(() => null))
    expect(await stores.decisions.findByContent('nobody', 'x')).toBeNull()
  })

  it('is recorded once: a second run of the same job changes nothing, counters included', async () => {
    const { id } = await addedTo(stores)
    const first = decisionOn(id, 1)
    const second = { ...first, verdict: 'valuable' as const, decidedAt: NOON + 500 }
    const results = await Promise.all([first, second, first, second].map((each) => stores.decisions.record(each, 30)))
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(results[0]).toBe(true)
    const before = await everything(redis)
    expect(await stores.decisions.record(second, 30)).toBe(false)
    expect(await everything(redis)).toEqual(before)
    expect(await stores.decisions.find(first.id)).toEqual(first)
    expect(await statsOf(id)).toEqual({ decisions: 1, 'verdict:noise': 1 })
  })

  it('is settled once: the first outcome stays, and is counted once', async () => {
    const { id, decisions } = await recorded(1)
    const decision = decisions[0] as Decision
    const stays = { mailbox: 'INBOX', placeUid: 1, moved: false, settledAt: NOON + 900 }
    await Promise.all([moved, stays, moved, stays].map((outcome) => stores.decisions.settle(decision, outcome)))
    expect(await stores.decisions.find(decision.id)).toEqual({
      ...decision,
      mailbox: 'Worthwhile/Noise',
      placeUid: 77,
      moved: true,
      latencyMs: 40,
    })
    expect(await statsOf(id)).toEqual({ decisions: 1, 'verdict:noise': 1, moved: 1, 'latency:50': 1 })
  })

  it('that was never recorded cannot be settled', async () => {
    const { id } = await addedTo(stores)
    await stores.decisions.settle(decisionOn(id, 1), moved)
    expect(await stores.decisions.find(`${id}.1.1`)).toBeNull()
    expect(await statsOf(id)).toEqual({})
  })

  it('may say why nothing was moved, and that the place is not known', async () => {
    const { decisions } = await recorded(1)
    const decision = decisions[0] as Decision
    const problem = { code: 'IMAP_REFUSED', text: 'The server did not confirm the move.' }
    await stores.decisions.settle(decision, { mailbox: null, placeUid: null, moved: false, problem, settledAt: 0 })
    expect(await stores.decisions.find(decision.id)).toMatchObject({
      mailbox: null,
      placeUid: null,
      problem,
      latencyMs: 0,
    })
  })

  it('follows its message to another place, and tells when the reader put it there', async () => {
    const { decisions } = await recorded(1)
    const decision = decisions[0] as Decision
    await stores.decisions.relocate(decision, { mailbox: 'Archive', uid: 3 }, 'reader')
    const moved = { ...decision, mailbox: 'Archive', placeUid: 3, placedBy: 'reader' }
    expect(await stores.decisions.find(decision.id)).toEqual(moved)
  })

  it('claims its copy in Noise for itself alone', async () => {
    const { id, decisions } = await recorded(20)
    const place = { uidValidity: '9', uid: 4 }
    const claims = await Promise.all(decisions.map((each) => stores.decisions.claim(each, place)))
    expect(claims.filter(Boolean)).toHaveLength(1)
    const owner = decisions[claims.indexOf(true)] as Decision
    expect(await stores.decisions.claim(owner, place)).toBe(true)
    expect(await stores.decisions.claim(decisionOn(id, 1), { ...place, uid: 5 })).toBe(true)
  })

  it('marks its INBOX message as decided; one on a message in Noise does not', async () => {
    const { id } = await addedTo(stores)
    await stores.decisions.record(decisionOn(id, 3), 30)
    await stores.decisions.record(decisionOn(id, 4, { id: `${id}.n1.4` }), 30)
    await stores.decisions.markDecided(id, 8)
    expect(await stores.positions.decidedUids(id)).toEqual(new Set([3, 8]))
  })
})

describe('what a decision quotes', () => {
  it('is kept for the retention time only; the facts stay', async () => {
    const { id } = await addedTo(stores)
    await stores.decisions.record(decisionOn(id, 1), 7)
    const days = (await redis.ttl(`ww:{${id}}:quotes:${id}.1.1`)) / 86_400
    expect(days).toBeGreaterThan(6.9)
    expect(days).toBeLessThanOrEqual(7)
    await redis.del(`ww:{${id}}:quotes:${id}.1.1`)
    expect(await stores.decisions.find(`${id}.1.1`)).toMatchObject({
      verdict: 'noise',
      quotes: { messageId: null, from: '', subject: '', evidence: [] },
    })
  })

  it('is nowhere with a retention of 0 days', async () => {
    await redis.flushall()
    const { id } = await addedTo(stores)
    const decision = decisionOn(id, 1)
    await stores.decisions.record(decision, 0)
    await stores.decisions.settle(decision, moved)
    const names = await redis.keys('*')
    const values = await Promise.all(names.map((name) => redis.dumpBuffer(name)))
    const kept = Buffer.concat(values.map((value) => value ?? Buffer.alloc(0))).toString('latin1')
    for (const word of ['Seller', 'bob@', 'Offer', 'pretends', 'Re:', '1@example.org']) expect(kept).not.toContain(word)
    expect(names.filter((name) => name.includes('quotes'))).toEqual([])
  })

  it('follows a new retention time, counted from each decision', async () => {
    const { id } = await addedTo(stores)
    const day = 86_400_000
    for (const [uid, age] of [
      [1, 1],
      [2, 5],
      [3, 20],
    ] as const)
      await stores.decisions.record(decisionOn(id, uid, { decidedAt: Date.now() - age * day }), 30)
    await stores.decisions.retain(id, 10)
    const kept = async () => (await redis.keys(`ww:{${id}}:quotes:*`)).map((name) => name.split('.').at(-1)).sort()
    expect(await kept()).toEqual(['1', '2'])
    expect(Math.round((await redis.pttl(`ww:{${id}}:quotes:${id}.1.2`)) / day)).toBe(5)
    await stores.decisions.retain(id, 0)
    expect(await kept()).toEqual([])
    expect(await stores.decisions.page(id, null, 0, 10)).toHaveLength(3)
  })
})
