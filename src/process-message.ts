import type { Account } from './account.ts'
import { type Decision, decisionId, NO_QUOTES, quotesOf } from './decision.ts'
import { asWorthwhileError } from './errors.ts'
import { fileNoise } from './file-noise.ts'
import { inMailbox } from './imap/connect.ts'
import { type FetchedMessage, fetchMessage } from './imap/fetch.ts'
import type { ImapSession, SessionPool } from './imap/sessions.ts'
import type { Judged } from './judge.ts'
import { contentHash, type JudgeDeps, judge, VANISHED } from './judge.ts'
import { LEARNING_WAIT_MS } from './limits.ts'
import type { MessageJob } from './queue.ts'
import { recognise } from './recognise.ts'
import type { AccountStore } from './store/accounts.ts'
import type { DecisionStore } from './store/decisions.ts'

export interface ProcessDeps extends JudgeDeps {
  readonly accounts: AccountStore
  readonly sessions: SessionPool
  readonly decisions: DecisionStore
  /** ms since 1970. */
  readonly now: () => number
}

/** One message under way: what is asked, whose it is, and the connection to its mailbox. */
export interface Case {
  readonly job: MessageJob
  readonly account: Account
  readonly session: ImapSession
  readonly deps: ProcessDeps
}

/**
 * The whole story of one message: read it, recognise or judge it, record the decision, then move it.
 * May run twice at any point: a rerun finds the decision of the first run and finishes what that began.
 * Returns null when there is nothing to do, 'learning' when the account's old mail must be read first;
 * throws a WorthwhileError that the queue retries, the message staying in INBOX.
 */
export async function processMessage(job: MessageJob, deps: ProcessDeps): Promise<Decision | null | 'learning'> {
  const account = await deps.accounts.find(job.accountId)
  if (!account || account.paused) return null
  if (await isStillLearning(job, deps)) return 'learning'
  const begun = await deps.decisions.find(decisionId(job))
  if (begun && begun.latencyMs !== null) return begun

  const it: Case = { job, account, session: await deps.sessions.open(account), deps }
  const fetched = await fetchReferenced(it)
  if (fetched === 'renumbered') return null
  if (fetched && !begun && (await recognise(it, fetched))) return null

  const decision = begun ?? (await decide(it, fetched))
  const outcome = await fileNoise(it, decision, fetched, begun !== null)
  await deps.decisions.settle(decision, outcome)
  return decision
}

/** Until contacts are known nobody is judged a stranger; when learning takes too long, everybody counts as known instead. */
async function isStillLearning(job: MessageJob, deps: ProcessDeps): Promise<boolean> {
  const { learnedPercent } = await deps.status.get(job.accountId)
  return learnedPercent < 100 && deps.now() - job.announcedAt < LEARNING_WAIT_MS
}

/** The message a job refers to; null when it is gone, 'renumbered' when its UID means another one now (a sweep adds it anew). */
async function fetchReferenced({ job, session }: Case): Promise<FetchedMessage | null | 'renumbered'> {
  const { client, mailboxes } = session
  return inMailbox(client, mailboxes[job.mailbox], async () => {
    const uidValidity = client.mailbox ? String(client.mailbox.uidValidity) : ''
    return uidValidity === job.uidValidity ? fetchMessage(client, job.uid) : 'renumbered'
  })
}

/** Judges a message and records the decision before anything is done about it; when two runs race, the first record counts. */
async function decide({ job, account, session, deps }: Case, fetched: FetchedMessage | null): Promise<Decision> {
  const judged = fetched ? await judge(fetched, account, deps) : VANISHED
  const place = fetched
    ? { mailbox: session.mailboxes[job.mailbox], placeUid: job.uid }
    : { mailbox: null, placeUid: null }
  const decision = { ...decisionOn(job, judged, deps), ...place, ...factsOf(fetched, job, deps) }
  const first = await deps.decisions.record(decision, account.retentionDays)
  return first ? decision : ((await deps.decisions.find(decision.id)) ?? decision)
}

function decisionOn(job: MessageJob, { message, classification, problem }: Judged, deps: ProcessDeps) {
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

function factsOf(fetched: FetchedMessage | null, job: MessageJob, deps: ProcessDeps) {
  const fingerprint = fetched?.fingerprint ?? decisionId(job)
  return {
    receivedAt: fetched?.internalDate || job.announcedAt,
    sizeBytes: fetched?.sizeBytes ?? 0,
    content: contentHash(deps.secrets, job.accountId, fingerprint),
  }
}

/** Records that a message could not be judged after all attempts; it stays in INBOX. */
export async function recordFailure(job: MessageJob, cause: Error, deps: ProcessDeps): Promise<void> {
  const account = await deps.accounts.find(job.accountId)
  if (!account) return
  const problem = {
    code: asWorthwhileError(cause).code,
    text: `All attempts to judge it failed; it stays where it is: ${cause.message}`,
  }
  const decision = {
    ...decisionOn(job, { ...VANISHED, problem }, deps),
    mailbox: 'INBOX',
    placeUid: job.uid,
    ...factsOf(null, job, deps),
  }
  await deps.decisions.record(decision, account.retentionDays)
  await deps.decisions.settle(decision, {
    mailbox: 'INBOX',
    placeUid: job.uid,
    moved: false,
    problem,
    settledAt: deps.now(),
  })
}
