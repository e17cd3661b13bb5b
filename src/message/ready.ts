import { LEARNING_WAIT_MS } from '../limits.ts'
import type { MessageJob } from '../queue.ts'
import type { CaseDeps } from './case.ts'

/** Until contacts are known nobody is judged a stranger; when learning takes too long, everybody counts as known instead. */
export async function isStillLearning(job: MessageJob, deps: CaseDeps): Promise<boolean> {
  const { learnedPercent } = await deps.status.get(job.accountId)
  return learnedPercent < 100 && deps.now() - job.announcedAt < LEARNING_WAIT_MS
}
