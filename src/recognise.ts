import { type Decision, decisionId } from './decision.ts'
import { inMailbox } from './imap/connect.ts'
import type { FetchedMessage } from './imap/fetch.ts'
import { fingerprintAt } from './imap/move.ts'
import { contentHash } from './judge.ts'
import type { Case } from './process-message.ts'

/**
 * Recognises a message that has a decision under another UID: the reader moved it, or the mailbox was renumbered.
 * It is never judged or moved again. Coming back from Noise it was valuable to the reader. Returns whether it was recognised.
 */
export async function recognise(it: Case, fetched: FetchedMessage): Promise<boolean> {
  const { job, account, session, deps } = it
  const earlier = await deps.decisions.findByContent(
    account.id,
    contentHash(deps.secrets, account.id, fetched.fingerprint),
  )
  if (!earlier || earlier.latencyMs === null || earlier.id === decisionId(job)) return wasThereBefore(it, fetched)
  if (await isStillInPlace(it, earlier, fetched)) return false
  const rescued = earlier.mailbox === session.mailboxes.noise && job.mailbox === 'inbox'
  const feedback = rescued ? { verdict: 'valuable' as const, source: 'moved', at: deps.now() } : undefined
  await deps.decisions.relocate(earlier, { mailbox: session.mailboxes[job.mailbox], uid: job.uid }, feedback)
  return markDone(it)
}

/** Whether the earlier message still lies where its decision left it: then this one is a second delivery of the same bytes. */
async function isStillInPlace({ job, session }: Case, earlier: Decision, fetched: FetchedMessage): Promise<boolean> {
  const { client, mailboxes } = session
  const uid = earlier.placeUid
  if (earlier.mailbox === null || uid === null) return false
  if (earlier.mailbox === mailboxes[job.mailbox] && uid === job.uid) return false
  return inMailbox(client, earlier.mailbox, async () => (await fingerprintAt(client, uid)) === fetched.fingerprint)
}

/** After a renumbering the UIDs no longer tell what was in INBOX before the account was added; the server's date of receipt does. */
async function wasThereBefore(it: Case, fetched: FetchedMessage): Promise<boolean> {
  const { job, account } = it
  const renumbered = account.start !== null && account.start.uidValidity !== job.uidValidity
  if (job.mailbox !== 'inbox' || !renumbered || fetched.internalDate >= account.createdAt) return false
  return markDone(it)
}

async function markDone({ job, account, deps }: Case): Promise<true> {
  if (job.mailbox === 'inbox') await deps.decisions.markDecided(account.id, job.uid)
  return true
}
