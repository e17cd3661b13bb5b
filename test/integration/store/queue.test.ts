import { UnrecoverableError, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JobQueues, type LearningJob, type MessageJob, messageJobId, QUEUE_PREFIX, QUEUES } from '../../../src/queue.ts'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'

let server: RedisServer
let redis: RedisClient
let queues: JobQueues
beforeAll(async () => {
  server = await startRedis()
  redis = connectRedis(server.url, 'request')
})
beforeEach(async () => {
  await redis.flushall()
  queues = new JobQueues(redis)
})
const workers: Worker[] = []
const endWorkers = () => Promise.all(workers.splice(0).map((worker) => worker.close(true)))
afterEach(async () => {
  await endWorkers()
  await queues.close()
})
afterAll(async () => {
  redis.disconnect()
  await server.cleanup()
})

const job = (uid: number, over: Partial<MessageJob> = {}): MessageJob => ({
  accountId: 'ada',
  mailbox: 'inbox',
  uidValidity: '4294967295',
  uid,
  announcedAt: 1000,
  purpose: 'judge',
  ...over,
})

/** Lets a worker take `n` jobs; resolves with their data when it has taken them and ended. */
async function taken<T>(queue: string, n: number, work: (data: T) => unknown = () => undefined): Promise<T[]> {
  const seen: T[] = []
  await new Promise<void>((resolve) => {
    const worker = new Worker<T>(
      queue,
      async ({ data }) => {
        seen.push(data)
        await work(data)
      },
      { connection: { url: server.url }, prefix: QUEUE_PREFIX },
    )
    const onEnd = () => seen.length >= n && resolve()
    worker
      .on('completed', onEnd)
      .on('failed', onEnd)
      .on('error', () => undefined)
    workers.push(worker)
  })
  await endWorkers()
  return seen
}

describe('the queue of messages', () => {
  it('holds references, never mail, and gives them back as they were', async () => {
    await queues.addMessages([job(1)])
    expect(await taken<MessageJob>(QUEUES.messages, 1)).toEqual([job(1)])
  })

  it('holds the same message once, however often and from wherever it is added', async () => {
    const elsewhere = new JobQueues(redis)
    await Promise.all([
      queues.addMessages([job(1), job(1), job(2)]),
      elsewhere.addMessages([job(2), job(1, { announcedAt: 5 })]),
    ])
    expect(await queues.counts()).toMatchObject({ waiting: 2, active: 0, delayed: 0, failed: 0 })
    await elsewhere.close()
  })

  it('tells messages apart by account, mailbox, UIDVALIDITY and UID', async () => {
    const jobs = [
      job(1),
      job(2),
      job(1, { accountId: 'bob' }),
      job(1, { mailbox: 'noise' }),
      job(1, { uidValidity: '7' }),
    ]
    await queues.addMessages(jobs)
    expect(await queues.counts()).toMatchObject({ waiting: jobs.length })
    expect(new Set(jobs.map(messageJobId)).size).toBe(jobs.length)
  })

  it('takes nothing for nothing', async () => {
    await queues.addMessages([])
    expect(await queues.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
  })

  it('forgets what is done: the decision is the memory', async () => {
    await queues.addMessages([job(1)])
    await taken(QUEUES.messages, 1)
    expect(await queues.counts()).toMatchObject({ waiting: 0, failed: 0 })
    await queues.addMessages([job(1)])
    expect((await taken<MessageJob>(QUEUES.messages, 1)).map(({ uid }) => uid)).toEqual([1])
  })

  it('keeps a message whose job failed for good, visibly, and does not take it a second time', async () => {
    await queues.addMessages([job(1)])
    await taken(QUEUES.messages, 1, () => {
      throw new UnrecoverableError('CREDENTIAL_UNREADABLE: no')
    })
    expect(await queues.counts()).toMatchObject({ waiting: 0, failed: 1 })
    await queues.addMessages([job(1)])
    expect(await queues.counts()).toMatchObject({ waiting: 0, failed: 1 })
  })

  it('tries again later what failed in passing', async () => {
    await queues.addMessages([job(1)])
    await taken(QUEUES.messages, 1, () => {
      throw new Error('IMAP_CONNECTION: for now')
    })
    expect(await queues.counts()).toMatchObject({ waiting: 0, delayed: 1, failed: 0 })
  })

  it('lets new mail go before everything else', async () => {
    await queues.addMessages([job(1, { purpose: 'restore' }), job(2, { purpose: 'appeared', mailbox: 'noise' })])
    await queues.addMessages([job(3), job(4)])
    expect(await queues.counts()).toMatchObject({ waiting: 4 })
    const order = await taken<MessageJob>(QUEUES.messages, 4)
    expect(order.slice(0, 2).map(({ purpose }) => purpose)).toEqual(['judge', 'judge'])
  })
})

describe('the queue of accounts to be learned', () => {
  it('holds an account once', async () => {
    await queues.addLearning('ada')
    await queues.addLearning('ada')
    await queues.addLearning('bob')
    const learned = await taken<LearningJob>(QUEUES.learning, 2)
    expect(learned.map(({ accountId }) => accountId).sort()).toEqual(['ada', 'bob'])
  })

  it('takes it again after it was given up', async () => {
    await queues.addLearning('ada')
    await taken(QUEUES.learning, 1, () => {
      throw new UnrecoverableError('no')
    })
    await queues.addLearning('ada')
    expect(await taken<LearningJob>(QUEUES.learning, 1)).toEqual([{ accountId: 'ada' }])
  })
})
