import { type Decision, decisionId, NO_QUOTES, quotesOf } from '../decision.ts'
import { asWorthwhileError } from '../errors.ts'
import { teachArrival } from '../feedback/teach.ts'
import type { FetchedMessage } from '../imap/fetch.ts'
import type { MessageJob } from '../queue.ts'
import { type Case, type CaseDeps, pathOf } from './case.ts'
import { contentHash, type Judged, judge, VANISHED } from './judge.ts'

/** What was decided; `isFirst` is false when another run of the same job was there before. */
export interface Decided {
  /** null when the account was removed meanwhile. */
  readonly decision: Decision | null
  readonly isFirst: boolean
}

/**
 * Judges a message and records the decision before anything is done about it; when two runs race, the first record counts.
 */
export async function decide(it: Case, fetched: FetchedMessage | null): Promise<Decided> {
  const { job, account, deps } = it
  const judged = fetched ? await judge(fetched, account, await deps.status.get(account.id), deps) : VANISHED
  const place = fetched ? { mailbox: pathOf(it), placeUid: job.uid } : { mailbox: null, placeUid: null }
  const decision = { ...decisionOn(job, judged, deps), ...place, ...factsOf(fetched, job, deps) }
  const first = await deps.decisions.record(decision, account.retentionDays)
  if (!first) return { decision: await deps.decisions.find(decision.id), isFirst: false }
  if (judged.message) await teachArrival(decision, judged.message, account, deps)
  return { decision, isFirst: true }
}

/** Records that a message could not be judged after all attempts; it stays in INBOX. */
export async function recordFailure(job: MessageJob, cause: Error, deps: CaseDeps): Promise<void> {
  const account = await deps.accounts.find(job.accountId)
  if (!account) return
  const { code } = asWorthwhileError(cause)
  const problem = { code, text: `All attempts to judge it failed (${code}); it stays where it is.` }
  const place = { mailbox: 'INBOX', placeUid: job.uid, moved: false }
  const decision = { ...decisionOn(job, { ...VANISHED, problem }, deps), ...factsOf(null, job, deps), ...place }
  await deps.decisions.record(decision, account.retentionDays)
  await deps.decisions.settle(decision, { ...place, problem, settledAt: deps.now() })
}

function decisionOn(job: MessageJob, { message, classification, problem }: Judged, deps: CaseDeps) {
  return {
    id: decisionId(job),
    account: job.accountId,
    uid: job.uid,
    // What lies in the Noise mailbox was noise to whoever put it there, the service or the reader.
    verdict: job.mailbox === 'noise' ? 'noise' : classification.verdict,
    probability: classification.probability,
    decidedAt: deps.now(),
    announcedAt: job.announcedAt,
    moved: job.mailbox === 'noise',
    latencyMs: null,
    ...(problem ? { problem } : {}),
    quotes: message ? quotesOf(message, classification) : NO_QUOTES,
  } as const
}

function factsOf(fetched: FetchedMessage | null, job: MessageJob, deps: CaseDeps) {
  const fingerprint = fetched?.fingerprint ?? decisionId(job)
  return {
    receivedAt: fetched?.internalDate || job.announcedAt,
    sizeBytes: fetched?.sizeBytes ?? 0,
    content: contentHash(deps.secrets, job.accountId, fingerprint),
  }
}
