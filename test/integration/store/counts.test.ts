import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CountChange, combine, inverse } from '../../../src/core/counts.ts'
import { forgetAccount } from '../../../src/store/forget.ts'
import type { Progress } from '../../../src/store/learning.ts'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, everything, newId, type Stores, storesOn } from './arrangement.ts'

let server: RedisServer
let redis: RedisClient
let stores: Stores
beforeAll(async () => {
  server = await startRedis()
  redis = connectRedis(server.url, 'request')
  stores = storesOn(redis)
})
beforeEach(() => redis.flushall())
afterAll(async () => {
  redis.disconnect()
  await server.cleanup()
})

/** A change as a message makes it: some hundred words, from a vocabulary that is shared between messages. */
function wordsOf(message: number, n = 300): CountChange {
  const word = (i: number) => `word ${Math.floor(Math.abs(Math.sin(message * 1000 + i)) ** 3 * 50_000)}`
  return new Map(Array.from({ length: n }, (_, i) => [word(i), 1]))
}

describe('learned counters', () => {
  it('add up, and those that are zero are not there', async () => {
    const id = newId()
    await stores.counts.add(id, new Map([['a', 2], ['b', 1]])) // biome-ignore format: a table
    await stores.counts.add(id, new Map([['a', 3], ['b', -1], ['c', -4]])) // biome-ignore format: a table
    expect(await stores.counts.read(id, ['a', 'b', 'c', 'd'])).toEqual(new Map([['a', 5], ['c', -4]])) // biome-ignore format: a table
    expect(await stores.counts.read(newId(), ['a'])).toEqual(new Map())
    expect(await stores.counts.read(id, [])).toEqual(new Map())
  })

  it('are added exactly, however many at once and in parallel', async () => {
    const id = newId()
    const names = Array.from({ length: 5_000 }, (_, i) => `name ${i}`)
    const change = new Map(names.map((name, i) => [name, i + 1]))
    await Promise.all([change, change, change].map((each) => stores.counts.add(id, each)))
    expect(await stores.counts.read(id, names)).toEqual(new Map(names.map((name, i) => [name, 3 * (i + 1)])))
  })

  it('leave the store as it was, to the byte, when a lesson is taken back', async () => {
    const id = newId()
    for (let i = 0; i < 20; i++) await stores.counts.add(id, wordsOf(i))
    const before = await everything(redis)
    const lesson = combine([wordsOf(100), new Map([['contact bob@example.org', 1]])])
    await stores.counts.add(id, lesson)
    expect(await everything(redis)).not.toEqual(before)
    await stores.counts.add(id, inverse(lesson))
    expect(await everything(redis)).toEqual(before)
  })

  it('leave nothing at all when everything is taken back', async () => {
    const id = newId()
    for (let i = 0; i < 5; i++) await stores.counts.add(id, wordsOf(i))
    for (let i = 0; i < 5; i++) await stores.counts.add(id, inverse(wordsOf(i)))
    expect(await everything(redis)).toEqual({})
  })

  it('show no name to whoever reads Redis', async () => {
    await stores.counts.add(newId(), new Map([['contact bob@example.org', 1], ['word merger', 3]])) // biome-ignore format: a table
    const raw = Buffer.concat(
      await Promise.all((await redis.keys('*')).map(async (name) => (await redis.dumpBuffer(name)) ?? Buffer.alloc(0))),
    )
    expect((await redis.keys('*')).join()).not.toMatch(/bob|merger|contact|word/)
    expect(raw.toString('latin1')).not.toMatch(/bob|merger|contact|word/)
  })

  it('are others for each account', async () => {
    const [one, two] = [newId(), newId()]
    await stores.counts.add(one, new Map([['a', 1]]))
    await stores.counts.add(two, new Map([['a', 5]]))
    expect(await stores.counts.read(one, ['a'])).toEqual(new Map([['a', 1]]))
  })

  it('take any number at once', async () => {
    const id = newId()
    const names = Array.from({ length: 200_000 }, (_, i) => `name ${i}`)
    await stores.counts.add(id, new Map(names.map((name) => [name, 1])))
    expect((await stores.counts.read(id, names)).size).toBe(names.length)
  })

  it('of 10,000 messages, 250,000 different ones, take less than 4 MB', async () => {
    const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
    const id = newId()
    const before = await used()
    const names = new Set<string>()
    for (let i = 0; i < 10_000; i += 100) {
      const rare = Array.from({ length: 2_000 }, (_, j) => [`word seen once ${i} ${j}`, 1] as const)
      const change = combine([...Array.from({ length: 100 }, (_, j) => wordsOf(i + j, 150)), new Map(rare)])
      for (const name of change.keys()) names.add(name)
      await stores.counts.add(id, change)
    }
    expect(names.size).toBeGreaterThan(240_000)
    expect(((await used()) - before) / 1e6).toBeLessThan(4)
  })
})

describe('learning from old mail', () => {
  const progress = (read: number): Progress => ({ uidValidity: '1', low: 101 - read, high: 100, read })
  const lesson: CountChange = new Map([['contact bob@example.org', 1]])
  const learned = (id: string) => stores.counts.read(id, [...lesson.keys()])

  it('writes a lesson and the progress together', async () => {
    const { id } = await addedTo(stores)
    expect(await stores.learning.progress(id, 'sent')).toBeNull()
    await stores.learning.advance(id, 'sent', lesson, progress(50), 0)
    await stores.learning.advance(id, 'sent', lesson, progress(80), 50)
    expect(await stores.learning.progress(id, 'sent')).toEqual(progress(80))
    expect(await stores.learning.progress(id, 'inbox')).toBeNull()
    expect(await learned(id)).toEqual(new Map([['contact bob@example.org', 2]]))
  })

  it('counts a lesson once when two workers come with it', async () => {
    const { id } = await addedTo(stores)
    const runs = [1, 2, 3].map(() => stores.learning.advance(id, 'sent', lesson, progress(50), 0))
    const results = await Promise.allSettled(runs)
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await learned(id)).toEqual(lesson)
  })

  it('that was restarted forgets everything, and a run under way does not go on as if nothing had happened', async () => {
    const { id } = await addedTo(stores)
    await stores.learning.advance(id, 'sent', lesson, progress(50), 0)
    await stores.learning.restart(id)
    expect(await learned(id)).toEqual(new Map())
    expect(await stores.learning.progress(id, 'sent')).toBeNull()
    await expect(stores.learning.advance(id, 'sent', lesson, progress(100), 50)).rejects.toMatchObject({
      code: 'LEARNING_OVERTAKEN',
      retry: true,
    })
    expect(await learned(id)).toEqual(new Map())
  })

  it('takes a batch of a size that mail really has', async () => {
    const { id } = await addedTo(stores)
    const batch = combine(Array.from({ length: 50 }, (_, i) => wordsOf(i, 600)))
    expect(batch.size).toBeGreaterThan(5_000)
    await stores.learning.advance(id, 'inbox', batch, progress(50), 0)
    expect(await stores.counts.read(id, [...batch.keys()])).toEqual(batch)
  })
})

describe('forgetting an account', () => {
  async function fill(id: string): Promise<void> {
    await addedTo(stores, { id })
    for (let i = 0; i < 5; i++) await stores.counts.add(id, wordsOf(i))
    for (let uid = 1; uid <= 30; uid++) await stores.decisions.record(decisionOn(id, uid), 30)
    await stores.decisions.claim(decisionOn(id, 1), { uidValidity: '1', uid: 1 })
    await stores.positions.advance(id, { uidValidity: '1', doneUid: 3 })
    await stores.status.set(id, { learnedPercent: 100 })
    await stores.learning.advance(id, 'sent', new Map(), { uidValidity: '1', low: 1, high: 1, read: 1 }, 0)
  }

  it('erases every key of it and nothing of another one, even with a similar name', async () => {
    const id = newId()
    const others = [`${id}x`, `x${id}`, newId()]
    for (const other of others) await fill(other)
    const before = await everything(redis)
    await fill(id)
    await stores.accounts.remove(id)
    await forgetAccount(redis, id)
    expect(await everything(redis)).toEqual(before)
  })

  it('is no error when there is nothing to forget', async () => {
    await fill('other')
    const before = await everything(redis)
    await forgetAccount(redis, newId())
    expect(await everything(redis)).toEqual(before)
  })
})
