import { WorthwhileError } from '../errors.ts'
import { MAX_SOURCE_BYTES } from '../limits.ts'
import { answered, type ImapClient, inMailbox, searchUids } from './connect.ts'
import { fingerprintOf } from './fetch.ts'
import {
  type Errand,
  inSource,
  isPresent,
  type Place,
  type Source,
  selectedUidValidity,
  transferred,
} from './transfer.ts'

/** A message to be moved out of a mailbox, and how its copy is recognised elsewhere. */
export interface Movable extends Source {
  readonly sizeBytes: number
  /** Whether a fingerprint (see fetch.ts) is this message's. */
  readonly matches: (fingerprint: string) => boolean
}

/**
 * Reserves a copy for one message: true when nobody else has it. A source is only ever removed against a reserved copy,
 * so that two identical messages can never share one copy.
 */
export type Claim = (copy: Place) => Promise<boolean>

export type MoveResult =
  | { readonly moved: true; readonly uid: number }
  | { readonly moved: false; readonly reason: 'gone' | 'unsupported' | 'refused' }

/** One move under way. */
interface Move extends Errand {
  readonly message: Movable
  readonly claim: Claim
}

/**
 * Moves one message from `source` to `destination`, and says so only when the server confirmed it (COPYUID, RFC 4315)
 * or the message was found there. `resumed`: an earlier run may have been cut off in the middle, so look for its copy first.
 * Without MOVE (RFC 6851) it copies, proves the copy, and expunges that one UID; without UIDPLUS it does nothing.
 * Throws UIDVALIDITY_CHANGED, and IMAP_CONNECTION, IMAP_TIMEOUT or IMAP_REFUSED when the outcome is not known yet:
 * run it again then, with `resumed`.
 */
export async function moveMessage(
  client: ImapClient,
  message: Movable,
  path: { source: string; destination: string },
  claim: Claim,
  resumed: boolean,
): Promise<MoveResult> {
  const move: Move = { client, message, path, claim }
  if (!(await inSource(move, () => isPresent(client, message.uid)))) return resumed ? foundAtDestination(move) : GONE
  if (client.capabilities.has('MOVE')) return moveInOneStep(move)
  if (!client.capabilities.has('UIDPLUS')) return { moved: false, reason: 'unsupported' }
  return copyThenExpunge(move, resumed)
}

const GONE: MoveResult = { moved: false, reason: 'gone' }
const REFUSED: MoveResult = { moved: false, reason: 'refused' }

async function moveInOneStep(move: Move): Promise<MoveResult> {
  const { confirmed, stillThere } = await transferred(move, 'MOVE')
  if (confirmed) {
    await move.claim(confirmed)
    return { moved: true, uid: confirmed.uid }
  }
  return stillThere ? REFUSED : foundAtDestination(move)
}

async function foundAtDestination(move: Move): Promise<MoveResult> {
  const copy = await findCopy(move.client, move.message, move.path.destination, move.claim)
  return copy ? { moved: true, uid: copy.uid } : GONE
}

async function copyThenExpunge(move: Move, resumed: boolean): Promise<MoveResult> {
  const earlier = resumed ? await findCopy(move.client, move.message, move.path.destination, move.claim) : null
  const copy = earlier ?? (await provenCopy(move))
  if ('moved' in copy) return copy
  await expunge(move)
  return { moved: true, uid: copy.uid }
}

/** A copy that is this message's alone, or why there is none. */
async function provenCopy(move: Move): Promise<Place | MoveResult> {
  const { accepted, confirmed, stillThere } = await transferred(move, 'COPY')
  if (confirmed) return (await move.claim(confirmed)) ? confirmed : REFUSED
  if (!stillThere) return GONE
  // The server said OK but not where: what it made must not stay as a second copy.
  const found = accepted ? await findCopy(move.client, move.message, move.path.destination, move.claim) : null
  return found ?? REFUSED
}

/** Removes a source whose copy is proven and claimed; throws IMAP_REFUSED when it stays, so that the job is tried again. */
async function expunge(move: Move): Promise<void> {
  const { client, message } = move
  await inSource(move, async () => {
    await answered(client, 'UID EXPUNGE', client.messageDelete(String(message.uid), { uid: true }))
    if (await isPresent(client, message.uid))
      throw new WorthwhileError(
        'IMAP_REFUSED',
        'The server copied a message to the Noise mailbox but did not remove it from INBOX; it is tried again.',
      )
  })
}

/** Copies looked at when a cut-off move is resumed: messages of exactly this size, newest first. */
const MAX_CANDIDATES = 50

/** The message itself in another mailbox, if that exists and it is there and free to be claimed. */
export async function findCopy(
  client: ImapClient,
  message: Movable,
  path: string,
  claim: Claim,
): Promise<Place | null> {
  if (!(await exists(client, path))) return null
  return inMailbox(client, path, async () => {
    // This connection may have selected it before another one put the copy there.
    await answered(client, 'NOOP', client.noop())
    const uids = await searchUids(client, { larger: message.sizeBytes - 1, smaller: message.sizeBytes + 1 })
    const uidValidity = selectedUidValidity(client)
    for (const uid of uids.slice(-MAX_CANDIDATES).reverse()) {
      const fingerprint = await fingerprintAt(client, uid)
      if (fingerprint && message.matches(fingerprint) && (await claim({ uidValidity, uid })))
        return { uidValidity, uid }
    }
    return null
  })
}

async function exists(client: ImapClient, path: string): Promise<boolean> {
  const found = await answered(client, 'LIST', client.list())
  return found.some((mailbox) => mailbox.path === path && !mailbox.flags.has('\\NonExistent'))
}

/** Fingerprint of a message of the selected mailbox; null when it is gone. */
export async function fingerprintAt(client: ImapClient, uid: number): Promise<string | null> {
  const query = { uid: true, size: true, source: { start: 0, maxLength: MAX_SOURCE_BYTES } }
  const found = await answered(client, 'FETCH', client.fetchOne(String(uid), query, { uid: true }))
  return found && found.uid === uid && found.source ? fingerprintOf(found.source, found.size ?? 0) : null
}
