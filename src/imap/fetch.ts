import { createHash } from 'node:crypto'
import type { FetchMessageObject } from 'imapflow'
import type { Attachment } from '../core/message.ts'
import { WorthwhileError } from '../errors.ts'
import { MAX_SOURCE_BYTES, MAX_TEXT_PART_BYTES, MAX_TEXT_PARTS } from '../limits.ts'
import { answered, type ImapClient } from './connect.ts'
import { attachmentsOf, headerEnd, sectionOf, textOnly, textParts } from './text-only.ts'

/** One message as read from the server: enough to judge it, never its attachments. */
export interface FetchedMessage {
  readonly uid: number
  /** A message that a parser can read: the whole source when small, else its header and text parts only. */
  readonly source: Buffer
  readonly sizeBytes: number
  readonly truncated: boolean
  /** As the server lists them; never read when the message is large. */
  readonly attachments: readonly Attachment[]
  readonly flags: readonly string[]
  /** INTERNALDATE in ms since 1970. */
  readonly internalDate: number
  /** SHA-256 of size and header (at most the first 64 KiB), in hex: the same for the same message under any UID. */
  readonly fingerprint: string
}

const QUERY = {
  uid: true,
  flags: true,
  size: true,
  internalDate: true,
  bodyStructure: true,
  source: { start: 0, maxLength: MAX_SOURCE_BYTES },
}

/** Reads one message of the selected mailbox; null when it is gone. Nothing is marked as read. */
export async function fetchMessage(client: ImapClient, uid: number): Promise<FetchedMessage | null> {
  // Messages that another connection announced are unknown to this one until its next command (RFC 3501 7).
  await answered(client, 'NOOP', client.noop())
  const found = await answered(client, 'FETCH', client.fetchOne(String(uid), QUERY, { uid: true }))
  if (!found || found.uid !== uid || !found.source) return null
  const sizeBytes = found.size ?? found.source.length
  // Some servers only estimate the size (RFC822.SIZE): a source shorter than was asked for is whole whatever they say.
  const whole = found.source.length < MAX_SOURCE_BYTES || sizeBytes <= found.source.length
  return {
    uid,
    source: whole ? found.source : await withTextPartsOnly(client, found),
    sizeBytes,
    truncated: !whole,
    attachments: attachmentsOf(found.bodyStructure),
    flags: [...(found.flags ?? [])],
    internalDate: new Date(found.internalDate ?? 0).getTime(),
    fingerprint: fingerprintOf(found.source, sizeBytes),
  }
}

export function fingerprintOf(source: Buffer, sizeBytes: number): string {
  const header = source.subarray(0, headerEnd(source))
  return createHash('sha256').update(`${sizeBytes}\n`).update(header).digest('hex')
}

/** A large message again as a small one, without what nobody reads. */
async function withTextPartsOnly(client: ImapClient, found: FetchMessageObject): Promise<Buffer> {
  const source = found.source ?? Buffer.alloc(0)
  const parts = textParts(found.bodyStructure).slice(0, MAX_TEXT_PARTS)
  if (!found.bodyStructure || parts.length === 0) return source
  return textOnly(source, found.bodyStructure, await fetchParts(client, found.uid, parts.map(sectionOf)))
}

async function fetchParts(client: ImapClient, uid: number, sections: readonly string[]): Promise<Map<string, Buffer>> {
  const bodyParts = sections.map((key) => ({ key, start: 0, maxLength: MAX_TEXT_PART_BYTES }))
  const found = await answered(client, 'FETCH', client.fetchOne(String(uid), { uid: true, bodyParts }, { uid: true }))
  if (!found) throw new WorthwhileError('IMAP_REFUSED', 'The text of a message could not be read; it is tried again.')
  return new Map([...(found.bodyParts ?? [])].map(([key, body]) => [key.toLowerCase(), body ?? Buffer.alloc(0)]))
}
