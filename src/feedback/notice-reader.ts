import type { Said } from '../core/corrections.ts'
import { type Decision, decisionId } from '../decision.ts'
import type { FetchedMessage } from '../imap/fetch.ts'
import { DECISION_WAIT_MS } from '../limits.ts'
import { type Case, type CaseDeps, fetchReferenced, pathOf } from '../message/case.ts'
import { decide } from '../message/decide.ts'
import { contentHash } from '../message/judge.ts'
import { isStillLearning } from '../message/ready.ts'
import { parseMessage } from '../parse.ts'
import type { MessageJob } from '../queue.ts'
import { teach, type Word } from './teach.ts'

/**
 * Learns from what the reader did with a decided message: moved it to Noise or Junk, answered or flagged it.
 * The service's own moves teach nothing; nor does mail without a decision (a filter put it there at delivery, or it is older
 * than the account). Returns 'later' while the service's own move of that message is not on record yet.
 */
export async function noticeReader(job: MessageJob, deps: CaseDeps): Promise<'later' | null> {
  const account = await deps.accounts.find(job.accountId)
  if (!account || account.paused) return null
  if (await isStillLearning(job, deps)) return 'later'
  const it: Case = { job, account, session: await deps.sessions.open(account), deps }
  const fetched = await fetchReferenced(it)
  if (!fetched || fetched === 'renumbered') return null
  const decision = await decisionAbout(it, fetched)
  if (!decision && job.purpose === 'handled') return isYoung(job, deps) ? 'later' : null
  if (!decision) return rememberFiled(it, fetched)
  if (decision.latencyMs === null) return isYoung(job, deps) ? 'later' : null
  if (job.purpose === 'handled') await learnFromReader(it, decision, fetched, 'valuable', sourceOf(fetched))
  else if (!(await isOwnMove(it, decision))) await noticeMove(it, decision, fetched)
  return null
}

/**
 * Mail without a decision has appeared in Noise: the reader was quicker, or it is older than the account, or a filter put it
 * there at delivery. It is remembered, so that it is never judged when it comes back; only old mail was surely moved by the reader.
 */
async function rememberFiled(it: Case, fetched: FetchedMessage): Promise<null> {
  if (it.job.mailbox !== 'noise') return null
  const { decision } = await decide(it, fetched)
  if (!decision) return null
  const place = { mailbox: pathOf(it), uid: it.job.uid }
  await it.deps.decisions.settle(decision, {
    mailbox: place.mailbox,
    placeUid: place.uid,
    moved: false,
    settledAt: it.deps.now(),
  })
  await it.deps.decisions.relocate(decision, place, 'reader')
  if (fetched.internalDate < it.account.createdAt) await learnFromReader(it, decision, fetched, 'noise', 'moved')
  return null
}

/** A reader may be quicker with a flag than the service with its decision. */
const isYoung = (job: MessageJob, deps: CaseDeps) => deps.now() - job.announcedAt < DECISION_WAIT_MS

async function decisionAbout({ job, account, deps }: Case, fetched: FetchedMessage): Promise<Decision | null> {
  const content = contentHash(deps.secrets, account.id, fetched.fingerprint)
  return (await deps.decisions.find(decisionId(job))) ?? deps.decisions.findByContent(account.id, content)
}

async function isOwnMove(it: Case, decision: Decision): Promise<boolean> {
  const { uidValidity, uid, mailbox } = it.job
  if (decision.mailbox === pathOf(it)) return true
  return mailbox === 'noise' && it.deps.decisions.isFiled(decision, { uidValidity, uid })
}

/** Out of INBOX into Noise or Junk says noise; from Noise to Junk says nothing new. */
async function noticeMove(it: Case, decision: Decision, fetched: FetchedMessage): Promise<void> {
  const wasHeld = decision.mailbox === it.session.mailboxes.noise
  await it.deps.decisions.relocate(decision, { mailbox: pathOf(it), uid: it.job.uid }, 'reader')
  if (!wasHeld) await learnFromReader(it, decision, fetched, 'noise', 'moved')
}

const sourceOf = ({ flags }: FetchedMessage) => (flags.includes('\\Answered') ? 'answered' : 'flagged')

/** Learns from an act of the reader, unless they have said the same of this message already. */
export async function learnFromReader(
  it: Case,
  decision: Decision,
  fetched: FetchedMessage,
  verdict: Said,
  source: Word['source'],
): Promise<void> {
  if (decision.feedback?.verdict === verdict) return
  const { sizeBytes, truncated, attachments } = fetched
  const message = await parseMessage(fetched.source, { sizeBytes, truncated, attachments })
  await teach(decision, message, { verdict, scope: 'message', source }, it.account, it.deps)
}
