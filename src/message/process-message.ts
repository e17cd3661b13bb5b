import { type Decision, decisionId } from '../decision.ts'
import { LEARNING_WAIT_MS } from '../limits.ts'
import type { MessageJob } from '../queue.ts'
import { type Case, type CaseDeps, fetchReferenced } from './case.ts'
import { decide } from './decide.ts'
import { fileNoise } from './file-noise.ts'
import { recognise } from './recognise.ts'

/**
 * The whole story of one message: read it, recognise or judge it, record the decision, then move it.
 * May run twice at any point: a rerun finds the decision of the first run and finishes what that began.
 * Returns null when there is nothing to do, 'later' when the account's old mail must be read first;
 * throws a WorthwhileError that the queue retries, the message staying in INBOX.
 */
export async function processMessage(job: MessageJob, deps: CaseDeps): Promise<Decision | null | 'later'> {
  const account = await deps.accounts.find(job.accountId)
  if (!account || account.paused) return null
  if (await isStillLearning(job, deps)) return 'later'
  const begun = await deps.decisions.find(decisionId(job))
  if (begun && begun.latencyMs !== null) return begun

  const it: Case = { job, account, session: await deps.sessions.open(account), deps }
  const fetched = await fetchReferenced(it)
  if (fetched === 'renumbered') return null
  if (fetched && !begun && (await recognise(it, fetched))) return null

  const decision = begun ?? (await decide(it, fetched))
  if (!decision) return null
  const outcome = await fileNoise(it, decision, fetched, begun !== null)
  await deps.decisions.settle(decision, outcome)
  return decision
}

/** Until contacts are known nobody is judged a stranger; when learning takes too long, everybody counts as known instead. */
async function isStillLearning(job: MessageJob, deps: CaseDeps): Promise<boolean> {
  const { learnedPercent } = await deps.status.get(job.accountId)
  return learnedPercent < 100 && deps.now() - job.announcedAt < LEARNING_WAIT_MS
}
