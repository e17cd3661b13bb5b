import type { Decision } from '../decision.ts'
import { inMailbox } from '../imap/connect.ts'
import { type FetchedMessage, fetchMessage } from '../imap/fetch.ts'
import { findCopy, fingerprintAt } from '../imap/move.ts'
import type { ImapSession } from '../imap/sessions.ts'
import { contentHash } from '../message/judge.ts'
import type { Secrets } from '../secrets.ts'

/** Where a decided message lies now. */
export interface Located {
  /** Path on the server. */
  readonly mailbox: string
  readonly uid: number
  readonly fetched: FetchedMessage
}

/** Finds a decided message: where its decision left it, else in the mailboxes a reader is likely to have put it; null when it is in none. */
export async function locate(decision: Decision, session: ImapSession, secrets: Secrets): Promise<Located | null> {
  const isIt = (fingerprint: string | null) =>
    fingerprint !== null && contentHash(secrets, decision.account, fingerprint) === decision.content
  const recorded = await atRecordedPlace(decision, session, isIt)
  if (recorded) return recorded
  const { inbox, noise, later, archive, junk, trash } = session.mailboxes
  for (const mailbox of [inbox, noise, later, archive, junk, trash]) {
    const found = mailbox && (await searchIn(decision, session, mailbox, isIt))
    if (found) return found
  }
  return null
}

async function atRecordedPlace(
  { mailbox, placeUid }: Decision,
  { client }: ImapSession,
  isIt: (fingerprint: string | null) => boolean,
): Promise<Located | null> {
  if (mailbox === null || placeUid === null) return null
  return inMailbox(client, mailbox, async () => {
    if (!isIt(await fingerprintAt(client, placeUid))) return null
    const fetched = await fetchMessage(client, placeUid)
    return fetched && { mailbox, uid: placeUid, fetched }
  })
}

async function searchIn(
  decision: Decision,
  { client }: ImapSession,
  mailbox: string,
  isIt: (fingerprint: string) => boolean,
): Promise<Located | null> {
  const wanted = { uid: 0, sizeBytes: decision.sizeBytes, uidValidity: '0', matches: isIt }
  const copy = await findCopy(client, wanted, mailbox, async () => true)
  if (!copy) return null
  const fetched = await inMailbox(client, mailbox, () => fetchMessage(client, copy.uid))
  return fetched && { mailbox, uid: copy.uid, fetched }
}
