import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeaseStore } from '../../../src/store/lease.ts'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, newId, type Stores, storesOn } from './arrangement.ts'

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

describe('a lease', () => {
  const leaseOf = (id: string) => redis.pttl(`ww:{${id}}:lease`)
  const two = () => [new LeaseStore(redis, 'first'), new LeaseStore(redis, 'second')] as const

  it('has one holder among any number who want it', async () => {
    const id = newId()
    const many = Array.from({ length: 20 }, (_, i) => new LeaseStore(redis, `holder-${i}`))
    const held = await Promise.all(many.map((each) => each.acquire(id)))
    expect(held.filter(Boolean)).toHaveLength(1)
  })

  it('is renewed by its holder and nobody else', async () => {
    const id = newId()
    const [first, second] = two()
    expect(await first.acquire(id)).toBe(true)
    await redis.pexpire(`ww:{${id}}:lease`, 1000)
    expect(await second.acquire(id)).toBe(false)
    expect(await leaseOf(id)).toBeLessThanOrEqual(1000)
    expect(await first.acquire(id)).toBe(true)
    expect(await leaseOf(id)).toBeGreaterThan(9000)
  })

  it('passes on when it has expired, and the old holder notices', async () => {
    const id = newId()
    const [first, second] = two()
    await first.acquire(id)
    await redis.pexpire(`ww:{${id}}:lease`, 0)
    expect(await second.acquire(id)).toBe(true)
    expect(await first.acquire(id)).toBe(false)
  })

  it('lives no longer than 10 s without its holder', async () => {
    const id = newId()
    await two()[0].acquire(id)
    expect(await leaseOf(id)).toBeLessThanOrEqual(10_000)
  })

  it('is given back by its holder only', async () => {
    const id = newId()
    const [first, second] = two()
    await first.acquire(id)
    await second.release(id)
    expect(await second.acquire(id)).toBe(false)
    await first.release(id)
    expect(await second.acquire(id)).toBe(true)
  })

  it('of one account says nothing about another', async () => {
    const [first, second] = two()
    expect(await first.acquire(newId())).toBe(true)
    expect(await second.acquire(newId())).toBe(true)
  })
})

describe('the position in an INBOX', () => {
  it('is unknown at first', async () => {
    const { id } = await addedTo(stores)
    expect(await stores.positions.inbox(id)).toBeNull()
    expect(await stores.positions.decidedUids(id)).toEqual(new Set())
  })

  it('moves on, and then forgets the decided messages behind it', async () => {
    const { id } = await addedTo(stores)
    for (const uid of [4, 5, 7, 9]) await stores.decisions.markDecided(id, uid)
    await stores.positions.advance(id, { uidValidity: '1', doneUid: 5 })
    expect(await stores.positions.inbox(id)).toEqual({ uidValidity: '1', doneUid: 5 })
    expect(await stores.positions.decidedUids(id)).toEqual(new Set([7, 9]))
  })

  it('starts over in a renumbered mailbox', async () => {
    const { id } = await addedTo(stores)
    await stores.decisions.markDecided(id, 7)
    await stores.positions.restart(id, { uidValidity: '2', uidNext: 100 })
    expect(await stores.positions.inbox(id)).toEqual({ uidValidity: '2', doneUid: 99 })
    expect(await stores.positions.decidedUids(id)).toEqual(new Set())
  })

  it('holds the largest numbers that IMAP has', async () => {
    const { id } = await addedTo(stores)
    await stores.positions.advance(id, { uidValidity: '4294967295', doneUid: 4294967294 })
    expect(await stores.positions.inbox(id)).toEqual({ uidValidity: '4294967295', doneUid: 4294967294 })
  })
})

describe('the status of an account', () => {
  it('is empty at first', async () => {
    expect(await stores.status.get(newId())).toEqual({
      lastMailAt: null,
      lastSyncAt: null,
      learned: { valuable: 0, noise: 0 },
      authservId: null,
      problem: null,
      learnedPercent: 0,
      learning: null,
      sentUid: 0,
      lacks: [],
    })
  })

  it('is changed field by field', async () => {
    const { id } = await addedTo(stores)
    await stores.status.set(id, { lastMailAt: 5, problem: { code: 'IMAP_AUTH', text: 'refused' } })
    await stores.status.set(id, { problem: null, learnedPercent: 40, lacks: ['No Sent mailbox'] })
    await stores.status.addLearned(id, 'noise', 2)
    await stores.status.addLearned(id, 'noise', -1)
    expect(await stores.status.get(id)).toMatchObject({
      lastMailAt: 5,
      problem: null,
      learnedPercent: 40,
      lacks: ['No Sent mailbox'],
      learned: { valuable: 0, noise: 1 },
    })
  })
})
