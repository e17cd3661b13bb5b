import { type ConnectionOptions, DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq'
import { asWorthwhileError, type WorthwhileError } from './errors.ts'
import { noticeReader } from './feedback/notice-reader.ts'
import { type LearnDeps, learnAccount } from './learning/learn-account.ts'
import { AUTH_RETRY_MIN_MS, JOB_LOCK_MS, JOB_MAX_STALLED, JOB_STALLED_CHECK_MS, SHUTDOWN_GRACE_MS } from './limits.ts'
import type { CaseDeps } from './message/case.ts'
import { recordFailure } from './message/decide.ts'
import { processMessage } from './message/process-message.ts'
import { type LearningJob, type MessageJob, QUEUE_PREFIX, QUEUES } from './queue.ts'
import type { RedisClient } from './store/redis.ts'

/** ms until a message that has to wait for something is looked at again. */
const LOOK_AGAIN_MS = 500

export interface WorkerDeps extends CaseDeps, LearnDeps {
  /** Messages judged at a time. */
  readonly concurrency: number
}

/** Takes jobs from both queues until stopped; what it holds when it stops is finished or goes back to the queue. */
export class JobWorker {
  readonly #deps: WorkerDeps
  readonly #messages: Worker<MessageJob>
  readonly #learning: Worker<LearningJob>

  /** @param connect makes a connection that waits for Redis for ever, as BullMQ demands */
  constructor(connect: () => RedisClient, deps: WorkerDeps) {
    this.#deps = deps
    const options = {
      prefix: QUEUE_PREFIX,
      lockDuration: JOB_LOCK_MS,
      stalledInterval: JOB_STALLED_CHECK_MS,
      maxStalledCount: JOB_MAX_STALLED,
    }
    const connection = () => connect() as ConnectionOptions
    this.#messages = new Worker(QUEUES.messages, (job, token) => this.#judge(job, token), {
      ...options,
      connection: connection(),
      concurrency: deps.concurrency,
    })
    this.#learning = new Worker(QUEUES.learning, (job) => this.#learn(job), {
      ...options,
      connection: connection(),
      concurrency: 2,
    })
    this.#messages.on('failed', (job, error) => this.#onFailed(job, error))
    for (const worker of [this.#messages, this.#learning])
      worker.on('error', (err) => deps.logger.warn({ err }, 'a worker met an error'))
  }

  /** Waits for the jobs at hand, at most SHUTDOWN_GRACE_MS; others take up what is left when its lock expires. */
  async stop(): Promise<void> {
    await Promise.all([this.#messages, this.#learning].map(closeInTime))
    await this.#deps.sessions.close()
  }

  async #judge(job: Job<MessageJob>, token: string | undefined): Promise<void> {
    try {
      const { purpose } = job.data
      const work = purpose === 'judge' || purpose === 'restore' ? processMessage : noticeReader
      if ((await work(job.data, this.#deps)) !== 'later') return
    } catch (error) {
      // A renumbered mailbox: its messages are found by the next sweep under their new UIDs.
      if (asWorthwhileError(error).code === 'UIDVALIDITY_CHANGED') return
      if (!isRefusal(error)) throw toQueueError(asWorthwhileError(error))
      return this.#postpone(job, token, AUTH_RETRY_MIN_MS)
    }
    return this.#postpone(job, token, LOOK_AGAIN_MS)
  }

  /** Puts a job off without using up one of its attempts. */
  async #postpone(job: Job<MessageJob>, token: string | undefined, ms: number): Promise<never> {
    await job.moveToDelayed(Date.now() + ms, token)
    throw new DelayedError()
  }

  async #learn(job: Job<LearningJob>): Promise<void> {
    try {
      await learnAccount(job.data.accountId, this.#deps)
    } catch (error) {
      this.#deps.logger.warn({ err: error, account: job.data.accountId }, 'learning was interrupted; it goes on later')
      throw toQueueError(asWorthwhileError(error))
    }
  }

  /** A message whose attempts are used up stays in INBOX, with a decision that says why. */
  #onFailed(job: Job<MessageJob> | undefined, cause: Error): void {
    const { logger } = this.#deps
    const isFinal = job?.finishedOn !== undefined
    logger.warn(
      { account: job?.data.accountId, uid: job?.data.uid, attempt: job?.attemptsMade, isFinal, err: cause },
      'judging a message failed',
    )
    if (job && isFinal && job.data.purpose === 'judge')
      recordFailure(job.data, cause, this.#deps).catch((err) =>
        logger.error({ err }, 'a failed job could not be recorded'),
      )
  }
}

/** The server wants another password or certificate: that takes a person, however often it is tried. */
const isRefusal = (error: unknown) => ['IMAP_AUTH', 'IMAP_TLS'].includes(asWorthwhileError(error).code)

function toQueueError(error: WorthwhileError): Error {
  return error.retry ? error : new UnrecoverableError(`${error.code}: ${error.message}`)
}

async function closeInTime(worker: Worker): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), SHUTDOWN_GRACE_MS)
  })
  const result = await Promise.race([worker.close(), late])
  clearTimeout(timer)
  if (result === 'late') await worker.close(true)
}
