import { type Decision, decisionId } from '../decision.ts'
import { asWorthwhileError } from '../errors.ts'
import { learnFromReader } from '../feedback/notice-reader.ts'
import { inMailbox } from '../imap/connect.ts'
import type { FetchedMessage } from '../imap/fetch.ts'
import { fingerprintAt } from '../imap/move.ts'
import { type Case, pathOf } from './case.ts'
import { contentHash } from './judge.ts'

/**
 * Recognises a message that has a decision under another UID: the reader or an undo moved it, or the mailbox was renumbered.
 * It is never judged or moved again. What the reader takes back from Noise was worth their time. Returns whether it was recognised.
 */
export async function recognise(it: Case, fetched: FetchedMessage): Promise<boolean> {
  const { job, account, session, deps } = it
  const content = contentHash(deps.secrets, account.id, fetched.fingerprint)
  const earlier = await deps.decisions.findByContent(account.id, content)
  if (!earlier || earlier.id === decisionId(job)) return wasThereBefore(it, fetched)
  // A message judged anew after the store was lost is being moved just now: that run records where it goes.
  if (earlier.latencyMs === null) return job.purpose === 'restore' || wasThereBefore(it, fetched)
  if (await isSecondDelivery(it, earlier, fetched)) return false
  const rescued = earlier.mailbox === session.mailboxes.noise && earlier.undoneAt === undefined
  await deps.decisions.relocate(earlier, { mailbox: pathOf(it), uid: job.uid }, rescued ? 'reader' : earlier.placedBy)
  if (rescued && job.mailbox === 'inbox') await learnFromReader(it, earlier, fetched, 'valuable', 'moved')
  return markDone(it)
}

/**
 * Whether this is a second delivery of the same bytes: received at another time, while the first one lies where it was left.
 * A copy that a mail program made keeps the time of receipt, and may stand beside its original until that is expunged.
 */
async function isSecondDelivery(it: Case, earlier: Decision, fetched: FetchedMessage): Promise<boolean> {
  const { client } = it.session
  const uid = earlier.placeUid
  if (earlier.mailbox === null || uid === null || fetched.internalDate === earlier.receivedAt) return false
  if (earlier.mailbox === pathOf(it) && uid === it.job.uid) return false
  try {
    return await inMailbox(
      client,
      earlier.mailbox,
      async () => (await fingerprintAt(client, uid)) === fetched.fingerprint,
    )
  } catch (error) {
    // The reader may have removed the mailbox that the earlier one was left in.
    if (asWorthwhileError(error).code === 'IMAP_REFUSED') return false
    throw error
  }
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
