import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { accountWith, addedTo, decisionOn, everything, newId, type Stores, storesOn } from './arrangement.ts'

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

const coded = (code: string) => expect.objectContaining({ code })

describe('accounts', () => {
  it('are found as they were added, with their password', async () => {
    const account = await addedTo(stores)
    expect(await stores.accounts.get(account.id)).toEqual(account)
    expect(await stores.accounts.password(account.id)).toBe('secret')
    expect(await stores.accounts.list()).toContainEqual(account)
  })

  it('have passwords that nobody reads in Redis', async () => {
    const account = accountWith()
    await stores.accounts.add(account, 'open-sesame')
    expect(JSON.stringify(await everything(redis))).not.toContain('open-sesame')
    const values = await Promise.all([
      redis.get(`ww:{${account.id}}:account`),
      redis.get(`ww:{${account.id}}:credential`),
    ])
    expect(values.join()).not.toContain('open-sesame')
  })

  it('are listed by id', async () => {
    const ids = [newId(), newId(), newId()]
    for (const id of ids) await addedTo(stores, { id })
    const listed = (await stores.accounts.list()).map(({ id }) => id)
    expect(listed).toEqual([...listed].sort())
    expect(listed).toEqual(expect.arrayContaining(ids))
  })

  it('are not replaced by one with the same id, however close the two come', async () => {
    const id = newId()
    const tries = ['one', 'two', 'three'].map((user) =>
      stores.accounts.add(accountWith({ id, imap: { ...accountWith().imap, user } }), user),
    )
    const results = await Promise.allSettled(tries)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toEqual(coded('ACCOUNT_EXISTS'))
    expect(await stores.accounts.password(id)).toBe((await stores.accounts.get(id)).imap.user)
  })

  it('that do not exist are told apart from an empty answer', async () => {
    const id = newId()
    expect(await stores.accounts.find(id)).toBeNull()
    await expect(stores.accounts.get(id)).rejects.toEqual(coded('ACCOUNT_NOT_FOUND'))
    await expect(stores.accounts.password(id)).rejects.toEqual(coded('ACCOUNT_NOT_FOUND'))
    expect(await stores.accounts.stored(accountWith({ id }))).toBeNull()
  })

  it('change, with or without the password', async () => {
    const account = await addedTo(stores, { mode: 'observe' })
    await stores.accounts.update({ ...account, mode: 'act' })
    expect(await stores.accounts.get(account.id)).toEqual({ ...account, mode: 'act' })
    expect(await stores.accounts.password(account.id)).toBe('secret')
    await stores.accounts.update(account, 'new-secret')
    expect(await stores.accounts.password(account.id)).toBe('new-secret')
  })

  it('that were removed do not come back by a change that was under way', async () => {
    const account = await addedTo(stores)
    await stores.accounts.remove(account.id)
    await expect(stores.accounts.update(account, 'x')).rejects.toEqual(coded('ACCOUNT_NOT_FOUND'))
    expect(await stores.accounts.find(account.id)).toBeNull()
  })

  it('that were removed keep what was learned and decided, but not where their INBOX stood', async () => {
    const account = await addedTo(stores)
    const { id } = account
    await stores.counts.add(id, new Map([['contact bob', 1]]))
    await stores.decisions.record(decisionOn(id, 5), 30)
    await stores.status.set(id, { learnedPercent: 100, authservId: 'mx.example.org', lastSyncAt: 5 })
    await stores.positions.advance(id, { uidValidity: '1', doneUid: 3 })
    await stores.accounts.remove(id)
    expect((await stores.accounts.list()).map((each) => each.id)).not.toContain(id)
    await stores.accounts.add(account, 'secret')
    expect(await stores.positions.inbox(id)).toBeNull()
    expect(await stores.positions.decidedUids(id)).toEqual(new Set())
    expect(await stores.counts.read(id, ['contact bob'])).toEqual(new Map([['contact bob', 1]]))
    expect(await stores.decisions.find(`${id}.1.5`)).not.toBeNull()
    expect(await stores.status.get(id)).toMatchObject({
      learnedPercent: 0,
      authservId: 'mx.example.org',
      lastSyncAt: null,
    })
  })

  it('are announced on every change, so that pollers need not wait for their next round', async () => {
    const heard: string[] = []
    const subscriber = connectRedis(server.url, 'worker')
    await subscriber.subscribe('ww:accounts-changed')
    const three = new Promise<void>((resolve) => {
      subscriber.on('message', (_, id) => heard.push(id) === 3 && resolve())
    })
    const account = await addedTo(stores)
    await stores.accounts.update(account)
    await stores.accounts.remove(account.id)
    await three
    subscriber.disconnect()
    expect(heard).toEqual([account.id, account.id, account.id])
  })
})

describe('a wiped store', () => {
  it('is told by its epoch', async () => {
    const epoch = await stores.accounts.epoch()
    expect(epoch).not.toBe('')
    expect(await Promise.all([stores.accounts.epoch(), stores.accounts.epoch()])).toEqual([epoch, epoch])
    await redis.flushall()
    expect(await stores.accounts.epoch()).not.toBe(epoch)
  })

  it('gets an account back from whoever remembers it, password included', async () => {
    const account = await addedTo(stores)
    const remembered = await stores.accounts.stored(account)
    await redis.flushall()
    if (remembered) await stores.accounts.restore(remembered)
    expect(await stores.accounts.list()).toEqual([account])
    expect(await stores.accounts.password(account.id)).toBe('secret')
  })

  it('keeps what was added meanwhile', async () => {
    const account = await addedTo(stores)
    const remembered = await stores.accounts.stored(account)
    await stores.accounts.update({ ...account, mode: 'observe' }, 'newer')
    if (remembered) await stores.accounts.restore(remembered)
    expect((await stores.accounts.get(account.id)).mode).toBe('observe')
    expect(await stores.accounts.password(account.id)).toBe('newer')
  })
})

describe('work that ends after its account was removed', () => {
  it('leaves nothing in the store', async () => {
    const account = await addedTo(stores)
    const { id } = account
    await stores.accounts.remove(id)
    await stores.status.set(id, { lastSyncAt: 1 })
    await stores.positions.advance(id, { uidValidity: '1', doneUid: 9 })
    await stores.decisions.record(decisionOn(id, 1), 30)
    await stores.decisions.settle(decisionOn(id, 1), { mailbox: 'X', placeUid: 1, moved: true, settledAt: 0 })
    await stores.decisions.claim(decisionOn(id, 1), { uidValidity: '3', uid: 1 })
    await stores.decisions.relocate(decisionOn(id, 1), { mailbox: 'INBOX', uid: 4 }, 'reader')
    await stores.decisions.markDecided(id, 1)
    const progress = { uidValidity: '1', low: 1, high: 50, read: 50 }
    await expect(stores.learning.advance(id, 'sent', new Map([['a', 1]]), progress, 0)).rejects.toEqual(
      coded('LEARNING_OVERTAKEN'),
    )
    expect(await redis.keys(`ww:{${id}}:*`)).toEqual([])
  })
})
