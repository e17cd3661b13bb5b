import type { CopyResponseObject } from 'imapflow'
import { WorthwhileError } from '../errors.ts'
import { MAX_SOURCE_BYTES } from '../limits.ts'
import { answered, type ImapClient, inMailbox, searchUids } from './connect.ts'
import { fingerprintOf } from './fetch.ts'

/** A message to be moved out of a mailbox, and how its copy is recognised elsewhere. */
export interface Movable {
  readonly uid: number
  /** UIDVALIDITY that the UID belongs to, as a decimal string; when given, a mailbox renumbered since then is left alone. */
  readonly uidValidity?: string
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

/** One move under way. */
interface Move {
  readonly client: ImapClient
  readonly message: Movable
  readonly path: { readonly source: string; readonly destination: string }
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

/** Runs `work` with the source selected, unless its UIDs mean other messages now. */
async function inSource<T>({ client, message, path }: Move, work: () => Promise<T>): Promise<T> {
  return inMailbox(client, path.source, async () => {
    const { uidValidity } = message
    if (uidValidity !== undefined && uidValidity !== selectedUidValidity(client))
      throw new WorthwhileError('UIDVALIDITY_CHANGED', 'The mailbox was renumbered; its messages are looked up anew.')
    return work()
  })
}

function selectedUidValidity(client: ImapClient): string {
  return client.mailbox ? String(client.mailbox.uidValidity) : ''
}

/** NOOP first: only then has the server told this connection what other clients expunged (RFC 3501 7.4.1). */
async function isPresent(client: ImapClient, uid: number): Promise<boolean> {
  await answered(client, 'NOOP', client.noop())
  return (await searchUids(client, { uid: String(uid) })).includes(uid)
}

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

interface Transfer {
  /** The server said OK; it does so as well when there was nothing to move. */
  readonly accepted: boolean
  /** Where the message is now, by COPYUID. */
  readonly confirmed: Place | null
  /** Whether the message is in the source all the same; only looked up when nothing was confirmed. */
  readonly stillThere: boolean
}

/** Sends the command; a destination that the reader removed meanwhile is made again first. */
async function transferred(move: Move, verb: 'MOVE' | 'COPY'): Promise<Transfer> {
  const first = await transfer(move, verb)
  if (first.accepted || !first.stillThere) return first
  return (await remake(move.client, move.path.destination)) ? transfer(move, verb) : first
}

async function transfer(move: Move, verb: 'MOVE' | 'COPY'): Promise<Transfer> {
  const { client, message, path } = move
  return inSource(move, async () => {
    const [uid, options] = [String(message.uid), { uid: true }]
    const sent =
      verb === 'MOVE'
        ? client.messageMove(uid, path.destination, options)
        : client.messageCopy(uid, path.destination, options)
    const answer = await answered(client, verb, sent)
    const confirmed = answer ? placeIn(answer, message.uid) : null
    // Also tells a refusal from a lost connection, which the library both reports as `false`: here the latter throws.
    const stillThere = confirmed === null && (await isPresent(client, message.uid))
    return { accepted: Boolean(answer), confirmed, stillThere }
  })
}

function placeIn(answer: CopyResponseObject, uid: number): Place | null {
  const copy = answer.uidMap?.get(uid)
  return copy === undefined ? null : { uidValidity: String(answer.uidValidity ?? 0), uid: copy }
}

/** Makes a mailbox that is missing; false when it was there, or cannot be made. */
async function remake(client: ImapClient, path: string): Promise<boolean> {
  try {
    return (await answered(client, 'CREATE', client.mailboxCreate(path)))?.created ?? false
  } catch (error) {
    if (error instanceof WorthwhileError && error.code === 'IMAP_REFUSED') return false
    throw error
  }
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
