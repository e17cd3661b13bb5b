import { type ConnectionOptions, Queue } from 'bullmq'
import type { MessageRef } from './decision.ts'
import { JOB_ATTEMPTS, JOB_BACKOFF_MS } from './limits.ts'
import type { RedisClient } from './store/redis.ts'
import { storing } from './store/redis.ts'

/** Names of the queues, and the hash tag that keeps their keys on one cluster node. */
export const QUEUES = { messages: 'messages', learning: 'learning' } as const
export const QUEUE_PREFIX = '{ww}'

/**
 * `judge`: decide about a new message. `restore`: record a decision for the books (the store was lost) and move nothing.
 * `appeared`: find out who put a message into Noise or Junk. `handled`: the reader answered or flagged it.
 */
export type Purpose = 'judge' | 'restore' | 'appeared' | 'handled'

/** A message to be looked at: a reference, never mail. */
export interface MessageJob extends MessageRef {
  /** When the server announced it, ms since 1970. */
  readonly announcedAt: number
  readonly purpose: Purpose
}

/** An account whose old mail is to be read. */
export interface LearningJob {
  readonly accountId: string
}

/** Failed jobs are kept and shown; finished ones are not needed: the decision is the memory. */
const JOB_OPTIONS = {
  attempts: JOB_ATTEMPTS,
  backoff: { type: 'exponential', delay: JOB_BACKOFF_MS, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: 30 * 86_400, count: 10_000 },
}

/** Failed jobs are tried again for a day. */
const RETRY_FAILED_FOR_MS = 86_400_000

/** Failed jobs looked through at a time. */
const MAX_RETRIED = 1_000

/** The writing side of both queues. */
export class JobQueues {
  readonly #messages: Queue<MessageJob>
  readonly #learning: Queue<LearningJob>

  constructor(redis: RedisClient) {
    const options = { connection: redis as ConnectionOptions, prefix: QUEUE_PREFIX }
    this.#messages = new Queue(QUEUES.messages, options)
    this.#learning = new Queue(QUEUES.learning, options)
    // The failing call reports the reason; without a listener BullMQ prints it as well.
    for (const queue of [this.#messages, this.#learning]) queue.on('error', () => undefined)
  }

  /** Adds messages; one that is already waiting, active or failed is not added twice. */
  async addMessages(jobs: readonly MessageJob[]): Promise<void> {
    const entries = jobs.map((data) => ({
      name: data.purpose,
      data,
      opts: { ...JOB_OPTIONS, ...priorityOf(data), jobId: messageJobId(data) },
    }))
    await storing('enqueue messages', () => this.#messages.addBulk(entries))
  }

  /** Tries again what failed for good without leaving a decision or a lesson: a server or the store was away for long. */
  async retryFailed(accountId: string, uidValidity: string, uids: ReadonlySet<number>): Promise<void> {
    await storing('retry failed jobs', async () => {
      const failed = await this.#messages.getFailed(0, MAX_RETRIED)
      const isWanted = ({ data }: { data: MessageJob }) =>
        data.accountId === accountId &&
        (data.purpose !== 'judge' || (data.uidValidity === uidValidity && uids.has(data.uid)))
      const wanted = failed.filter((job) => Date.now() - job.timestamp < RETRY_FAILED_FOR_MS && isWanted(job))
      for (const job of wanted) await job.retry('failed', { resetAttemptsMade: true })
    })
  }

  async addLearning(accountId: string): Promise<void> {
    const options = { ...JOB_OPTIONS, removeOnFail: true, jobId: `learn-${accountId}` }
    await storing('enqueue learning', () => this.#learning.add('learn', { accountId }, options))
  }

  /** Jobs by state, e.g. `{ waiting: 3, failed: 0 }`. */
  async counts(): Promise<Record<string, number>> {
    const states = ['waiting', 'prioritized', 'active', 'delayed', 'failed'] as const
    const {
      waiting = 0,
      prioritized = 0,
      ...others
    } = await storing('count jobs', () => this.#messages.getJobCounts(...states))
    return { waiting: waiting + prioritized, ...others }
  }

  async close(): Promise<void> {
    await Promise.all([this.#messages.close(), this.#learning.close()])
  }
}

/** New mail goes before everything else; in BullMQ no priority is the highest. */
const priorityOf = (job: MessageJob) => (job.purpose === 'judge' ? {} : { priority: 1 })

/** The same work always gets the same job id; it contains no colon, which BullMQ refuses. */
export function messageJobId(job: MessageJob): string {
  return `${job.accountId}-${job.mailbox}-${job.uidValidity}-${job.uid}${job.purpose === 'handled' ? '-handled' : ''}`
}
