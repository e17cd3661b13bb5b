import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'bullmq'
import { expect } from 'vitest'
import { JobQueues, type MessageJob, QUEUE_PREFIX, QUEUES } from '../../../src/queue.ts'
import { forgetAccount } from '../../../src/store/forget.ts'
import { LeaseStore } from '../../../src/store/lease.ts'
import { connectRedis, type RedisClient, type RedisUse } from '../../../src/store/redis.ts'
import { addedTo, decisionOn, NOON, type Stores, storesOn } from './arrangement.ts'

const clients: RedisClient[] = []

/** Ends the connections of a test. */
export function disconnectAll(): void {
  for (const client of clients.splice(0)) client.disconnect()
}

export function connected(url: string, use: RedisUse): RedisClient {
  const client = connectRedis(url, use)
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

/** Everything that the service asks of a Redis: every script, every transaction, jobs, and announcements. */
export async function doesAllThatTheServiceNeeds(url: string): Promise<void> {
  const stores = storesOn(connected(url, 'request'))
  const heard = await listening(url)
  const { id } = await addedTo(stores)
  expect(await heard()).toBe(id)
  await keepsDecisions(stores, id)
  await keepsWhatIsLearned(stores, id)
  expect(await new LeaseStore(stores.redis, 'holder').acquire(id)).toBe(true)
  expect(await stores.accounts.epoch()).toBe(await stores.accounts.epoch())
  await carriesJobs(url, stores.redis, id)
  await stores.accounts.remove(id)
  await forgetAccount(stores.redis, id)
  expect(await stores.decisions.find(`${id}.1.1`)).toBeNull()
}

/** The next announcement of a changed account. */
async function listening(url: string): Promise<() => Promise<string>> {
  const subscriber = connected(url, 'worker')
  const heard = once(subscriber, 'message')
  await subscriber.subscribe('ww:accounts-changed')
  return async () => String((await heard)[1])
}

async function keepsDecisions({ decisions, positions, stats, status }: Stores, id: string): Promise<void> {
  const decision = decisionOn(id, 1)
  expect(await decisions.record(decision, 30)).toBe(true)
  await decisions.settle(decision, { mailbox: 'Noise', placeUid: 5, moved: true, settledAt: NOON + 20 })
  expect(await decisions.claim(decision, { uidValidity: '1', uid: 5 })).toBe(true)
  await decisions.relocate(decision, { mailbox: 'INBOX', uid: 9 }, 'reader')
  await decisions.markDecided(id, 7)
  await decisions.retain(id, 3650)
  expect(await decisions.find(decision.id)).toMatchObject({ mailbox: 'INBOX', moved: true, quotes: decision.quotes })
  expect(await decisions.page(id, null, 0, 5)).toEqual([{ id: decision.id, at: decision.decidedAt }])
  expect((await stats.day(id, '2026-03-01')).get('moved')).toBe(1)
  await positions.advance(id, { uidValidity: '1', doneUid: 1 })
  expect(await positions.decidedUids(id)).toEqual(new Set([7]))
  await status.set(id, { lastSyncAt: 5 })
  expect((await status.get(id)).lastSyncAt).toBe(5)
}

async function keepsWhatIsLearned({ counts, learning }: Stores, id: string): Promise<void> {
  const names = Array.from({ length: 600 }, (_, i) => `word ${i}`)
  const lesson = new Map(names.map((name) => [name, 1]))
  await counts.add(id, lesson)
  await learning.advance(id, 'sent', lesson, { uidValidity: '1', low: 1, high: 50, read: 50 }, 0)
  expect(await counts.read(id, names)).toEqual(new Map(names.map((name) => [name, 2])))
  await learning.restart(id)
  expect(await counts.read(id, names)).toEqual(new Map())
}

async function carriesJobs(url: string, redis: RedisClient, accountId: string): Promise<void> {
  const queues = new JobQueues(redis)
  const job: MessageJob = { accountId, mailbox: 'inbox', uidValidity: '1', uid: 3, announcedAt: 1, purpose: 'judge' }
  await queues.addMessages([job])
  const taken = new Promise<MessageJob>((resolve) => {
    const worker = new Worker(QUEUES.messages, async ({ data }) => resolve(data), {
      connection: connected(url, 'worker'),
      prefix: QUEUE_PREFIX,
    })
    worker.on('error', () => undefined)
    stops.push(() => worker.close(true))
  })
  expect(await taken).toEqual(job)
  for (const stop of stops.splice(0)) await stop()
  await queues.close()
}
const stops: (() => Promise<unknown>)[] = []

/** Tries again until there is an answer, for at most 20 s. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(100)
    }
  }
}
