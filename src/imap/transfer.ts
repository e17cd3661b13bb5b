import type { CopyResponseObject } from 'imapflow'
import { WorthwhileError } from '../errors.ts'
import { answered, type ImapClient, inMailbox, searchUids } from './connect.ts'

/** A message where it lies now. */
export interface Source {
  readonly uid: number
  /** UIDVALIDITY that the UID belongs to, as a decimal string; when given, a mailbox renumbered since then is left alone. */
  readonly uidValidity?: string
}

/** One message to be copied or moved from one mailbox to another. */
export interface Errand {
  readonly client: ImapClient
  readonly message: Source
  readonly path: { readonly source: string; readonly destination: string }
}

export interface Place {
  /** Decimal string; with the UID it names one message for good. */
  readonly uidValidity: string
  readonly uid: number
}

/** Runs `work` with the source selected, unless its UIDs mean other messages now. */
export async function inSource<T>({ client, message, path }: Errand, work: () => Promise<T>): Promise<T> {
  return inMailbox(client, path.source, async () => {
    const { uidValidity } = message
    if (uidValidity !== undefined && uidValidity !== selectedUidValidity(client))
      throw new WorthwhileError('UIDVALIDITY_CHANGED', 'The mailbox was renumbered; its messages are looked up anew.')
    return work()
  })
}

/** UIDVALIDITY of the selected mailbox as a decimal string. */
export function selectedUidValidity(client: ImapClient): string {
  return client.mailbox ? String(client.mailbox.uidValidity) : ''
}

/** NOOP first: only then has the server told this connection what other clients expunged (RFC 3501 7.4.1). */
export async function isPresent(client: ImapClient, uid: number): Promise<boolean> {
  await answered(client, 'NOOP', client.noop())
  return (await searchUids(client, { uid: String(uid) })).includes(uid)
}

/** What a COPY or MOVE came to. */
export interface Transfer {
  /** The server said OK; it does so as well when there was nothing to move. */
  readonly accepted: boolean
  /** Where the message is now, by COPYUID. */
  readonly confirmed: Place | null
  /** Whether the message is in the source all the same; only looked up when nothing was confirmed. */
  readonly stillThere: boolean
}

/** Sends COPY or MOVE for one message; a destination that the reader removed meanwhile is made again first. */
export async function transferred(errand: Errand, verb: 'MOVE' | 'COPY'): Promise<Transfer> {
  const first = await transfer(errand, verb)
  if (first.accepted || !first.stillThere) return first
  return (await remake(errand.client, errand.path.destination)) ? transfer(errand, verb) : first
}

async function transfer(errand: Errand, verb: 'MOVE' | 'COPY'): Promise<Transfer> {
  const { client, message, path } = errand
  return inSource(errand, async () => {
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
