import type { CopyResponseObject } from 'imapflow'
import { WorthwhileError } from '../errors.ts'
import { MAX_SOURCE_BYTES } from '../limits.ts'
import { answered, type ImapClient, inMailbox } from './connect.ts'
import { fingerprintOf } from './fetch.ts'

/** A message to be moved out of the selected mailbox, and how its copy is recognised elsewhere. */
export interface Movable {
  readonly uid: number
  readonly sizeBytes: number
  /** Whether a fingerprint (see fetch.ts) is this message's. */
  readonly matches: (fingerprint: string) => boolean
}

export interface Place {
  /** Decimal string; with the UID it names one message for good. */
  readonly uidValidity: string
  readonly uid: number
}

/**
 * Reserves a copy for one message: true when nobody else has it. A source is only ever removed against a reserved copy,
 * so that two identical messages can never share one copy.
 */
export type Claim = (copy: Place) => Promise<boolean>

export type MoveResult =
  | { readonly moved: true; readonly uid: number | null }
  | { readonly moved: false; readonly reason: 'gone' | 'unsupported' | 'refused' }

/**
 * Moves one message from `source` to `destination`, and says so only when the server confirmed it (COPYUID, RFC 4315)
 * or the message was found there. `resumed`: an earlier run may have been cut off in the middle, so look for its copy first.
 * Without MOVE (RFC 6851) it copies, proves the copy, and expunges that one UID; without UIDPLUS it does nothing.
 */
export async function moveMessage(
  client: ImapClient,
  message: Movable,
  path: { source: string; destination: string },
  claim: Claim,
  resumed: boolean,
): Promise<MoveResult> {
  const present = await inMailbox(client, path.source, () => isPresent(client, message.uid))
  if (!present)
    return resumed ? foundAtDestination(client, message, path.destination, claim) : { moved: false, reason: 'gone' }
  if (client.capabilities.has('MOVE')) return moveInOneStep(client, message, path, claim)
  if (!client.capabilities.has('UIDPLUS')) return { moved: false, reason: 'unsupported' }
  return copyThenExpunge(client, message, path, claim, resumed)
}

/** NOOP first: only then has the server told this connection what other clients expunged (RFC 3501 7.4.1). */
async function isPresent(client: ImapClient, uid: number): Promise<boolean> {
  await answered(client, 'NOOP', client.noop())
  const found = await answered(client, 'SEARCH', client.search({ uid: String(uid) }, { uid: true }))
  return found !== false && found !== undefined && found.includes(uid)
}

async function moveInOneStep(
  client: ImapClient,
  message: Movable,
  path: { source: string; destination: string },
  claim: Claim,
): Promise<MoveResult> {
  const { confirmed, stillThere } = await inMailbox(client, path.source, async () => {
    const answer = await answered(
      client,
      'MOVE',
      client.messageMove(String(message.uid), path.destination, { uid: true }),
    )
    const place = answer ? placeIn(answer, message.uid) : null
    return { confirmed: place, stillThere: place === null && (await isPresent(client, message.uid)) }
  })
  if (confirmed) {
    await claim(confirmed)
    return { moved: true, uid: confirmed.uid }
  }
  if (stillThere) return { moved: false, reason: 'refused' }
  return foundAtDestination(client, message, path.destination, claim)
}

function placeIn(answer: CopyResponseObject, uid: number): Place | null {
  const copy = answer.uidMap?.get(uid)
  return copy === undefined ? null : { uidValidity: String(answer.uidValidity ?? 0), uid: copy }
}

async function foundAtDestination(
  client: ImapClient,
  message: Movable,
  destination: string,
  claim: Claim,
): Promise<MoveResult> {
  const copy = await findCopy(client, message, destination, claim)
  return copy ? { moved: true, uid: copy.uid } : { moved: false, reason: 'gone' }
}

async function copyThenExpunge(
  client: ImapClient,
  message: Movable,
  path: { source: string; destination: string },
  claim: Claim,
  resumed: boolean,
): Promise<MoveResult> {
  const earlier = resumed ? await findCopy(client, message, path.destination, claim) : null
  const copy = earlier ?? (await provenCopy(client, message, path, claim))
  if (!copy) return { moved: false, reason: 'refused' }
  await expunge(client, message.uid, path.source)
  return { moved: true, uid: copy.uid }
}

async function provenCopy(
  client: ImapClient,
  message: Movable,
  path: { source: string; destination: string },
  claim: Claim,
): Promise<Place | null> {
  const answer = await inMailbox(client, path.source, () =>
    answered(client, 'COPY', client.messageCopy(String(message.uid), path.destination, { uid: true })),
  )
  const place = answer ? placeIn(answer, message.uid) : null
  return place && (await claim(place)) ? place : null
}

/** Removes a source whose copy is proven and claimed; throws IMAP_REFUSED when it stays, so that the job is tried again. */
async function expunge(client: ImapClient, uid: number, source: string): Promise<void> {
  await inMailbox(client, source, async () => {
    await answered(client, 'UID EXPUNGE', client.messageDelete(String(uid), { uid: true }))
    if (await isPresent(client, uid))
      throw new WorthwhileError(
        'IMAP_REFUSED',
        'The server copied a message to the Noise mailbox but did not remove it from INBOX; it is tried again.',
      )
  })
}

/** Copies looked at when a cut-off move is resumed: messages of exactly this size, newest first. */
const MAX_CANDIDATES = 50

/** The message itself in another mailbox, if it is there and free to be claimed. */
export async function findCopy(
  client: ImapClient,
  message: Movable,
  path: string,
  claim: Claim,
): Promise<Place | null> {
  return inMailbox(client, path, async () => {
    const size = { larger: message.sizeBytes - 1, smaller: message.sizeBytes + 1 }
    const uids = (await answered(client, 'SEARCH', client.search(size, { uid: true }))) || []
    const uidValidity = String(client.mailbox ? client.mailbox.uidValidity : 0)
    for (const uid of uids.slice(-MAX_CANDIDATES).reverse()) {
      const place = { uidValidity, uid }
      const fingerprint = await fingerprintAt(client, uid)
      if (fingerprint && message.matches(fingerprint) && (await claim(place))) return place
    }
    return null
  })
}

/** Fingerprint of a message of the selected mailbox; null when it is gone. */
export async function fingerprintAt(client: ImapClient, uid: number): Promise<string | null> {
  const query = { uid: true, size: true, source: { start: 0, maxLength: MAX_SOURCE_BYTES } }
  const found = await answered(client, 'FETCH', client.fetchOne(String(uid), query, { uid: true }))
  return found && found.uid === uid && found.source ? fingerprintOf(found.source, found.size ?? 0) : null
}
