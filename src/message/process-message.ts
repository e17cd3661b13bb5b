import { type Decision, decisionId } from '../decision.ts'
import { locate } from '../feedback/locate.ts'
import type { MessageJob } from '../queue.ts'
import { type Case, type CaseDeps, fetchReferenced } from './case.ts'
import { decide } from './decide.ts'
import { fileNoise } from './file-noise.ts'
import { isStillLearning } from './ready.ts'
import { recognise } from './recognise.ts'

/**
 * The whole story of one message: read it, recognise or judge it, record the decision, then move it.
 * May run twice at any point: a rerun finds the decision of the first run and finishes what that began.
 * Returns null when there is nothing to do, 'later' when the account's old mail must be read first;
 * throws a WorthwhileError that the queue retries, the message staying in INBOX.
 */
export async function processMessage(job: MessageJob, deps: CaseDeps): Promise<Decision | null | 'later'> {
  const account = await deps.accounts.find(job.accountId)
  if (!account) return null
  const begun = await deps.decisions.find(decisionId(job))
  if (begun && begun.latencyMs !== null) return begun
  // What an earlier run began is finished, also for an account that was paused since.
  if (!begun && account.paused) return null
  if (!begun && (await isStillLearning(job, deps))) return 'later'

  const it: Case = { job, account, session: await deps.sessions.open(account), deps }
  const fetched = await fetchReferenced(it)
  if (fetched === 'renumbered') return begun && settleWhereItIs(it, begun)
  if (fetched && !begun && (await recognise(it, fetched))) return null

  const { decision, isFirst } = begun ? { decision: begun, isFirst: false } : await decide(it, fetched)
  if (!decision) return null
  const outcome = await fileNoise(it, decision, fetched, !isFirst)
  await deps.decisions.settle(decision, outcome)
  return decision
}

/** The mailbox was renumbered in the middle of the work: the message is looked for, and not moved any more. */
async function settleWhereItIs({ session, deps }: Case, decision: Decision): Promise<Decision> {
  const place = await locate(decision, session, deps.secrets)
  const moved = place?.mailbox === session.mailboxes.noise
  const where = { mailbox: place?.mailbox ?? null, placeUid: place?.uid ?? null, moved }
  await deps.decisions.settle(decision, { ...where, settledAt: deps.now() })
  return decision
}
