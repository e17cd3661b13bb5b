import { createHash } from 'node:crypto'
import type { FetchMessageObject, MessageStructureObject } from 'imapflow'
import type { Attachment } from '../core/message.ts'
import { WorthwhileError } from '../errors.ts'
import { MAX_SOURCE_BYTES, MAX_TEXT_PART_BYTES, MAX_TEXT_PARTS } from '../limits.ts'
import { answered, type ImapClient } from './connect.ts'

/** One message as read from the server: enough to judge it, never its attachments. */
export interface FetchedMessage {
  readonly uid: number
  /** A message that a parser can read: the whole source when small, else its header and text parts only. */
  readonly source: Buffer
  readonly sizeBytes: number
  readonly truncated: boolean
  /** What was left on the server. */
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
  const whole = sizeBytes <= found.source.length
  return {
    uid,
    source: whole ? found.source : await withTextPartsOnly(client, found),
    sizeBytes,
    truncated: !whole,
    attachments: whole ? [] : attachmentsOf(found.bodyStructure),
    flags: [...(found.flags ?? [])],
    internalDate: new Date(found.internalDate ?? 0).getTime(),
    fingerprint: fingerprintOf(found.source, sizeBytes),
  }
}

/** Where the header ends in a source; its whole length when no empty line is there. */
function headerEnd(source: Buffer): number {
  const crlf = source.indexOf('\r\n\r\n')
  if (crlf >= 0) return crlf + 4
  const lf = source.indexOf('\n\n')
  return lf >= 0 ? lf + 2 : source.length
}

export function fingerprintOf(source: Buffer, sizeBytes: number): string {
  const header = source.subarray(0, headerEnd(source))
  return createHash('sha256').update(`${sizeBytes}\n`).update(header).digest('hex')
}

/** A large message again as a small one: its own header, and its text parts as multipart/mixed. */
async function withTextPartsOnly(client: ImapClient, found: FetchMessageObject): Promise<Buffer> {
  const source = found.source ?? Buffer.alloc(0)
  const parts = textParts(found.bodyStructure).slice(0, MAX_TEXT_PARTS)
  if (parts.length === 0) return source
  const bodies = await fetchParts(client, found.uid, parts)
  const boundary = `worthwhile-${found.uid}-${createHash('sha256').update(source).digest('hex').slice(0, 24)}`
  const header = withoutContentFields(source.subarray(0, headerEnd(source)).toString('latin1'))
  const chunks: Buffer[] = [
    Buffer.from(
      `${header}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`,
      'latin1',
    ),
  ]
  for (const part of parts) {
    const body = bodies.get(keyOf(part)) ?? Buffer.alloc(0)
    chunks.push(Buffer.from(`--${boundary}\r\n${partHeader(part)}\r\n`, 'latin1'), body, Buffer.from('\r\n'))
  }
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)])
}

async function fetchParts(
  client: ImapClient,
  uid: number,
  parts: MessageStructureObject[],
): Promise<Map<string, Buffer>> {
  const bodyParts = parts.map((part) => ({ key: keyOf(part), start: 0, maxLength: MAX_TEXT_PART_BYTES }))
  const found = await answered(client, 'FETCH', client.fetchOne(String(uid), { uid: true, bodyParts }, { uid: true }))
  if (!found) throw new WorthwhileError('IMAP_REFUSED', 'The text of a message could not be read; it is tried again.')
  return new Map([...(found.bodyParts ?? [])].map(([key, body]) => [key.toLowerCase(), body ?? Buffer.alloc(0)]))
}

/** A message without parts is its own part 1 (RFC 3501 6.4.5). */
const keyOf = (part: MessageStructureObject) => (part.part ?? '1').toLowerCase()

function* leaves(node: MessageStructureObject | undefined): Generator<MessageStructureObject> {
  if (!node) return
  if (node.childNodes?.length) for (const child of node.childNodes) yield* leaves(child)
  else yield node
}

const isText = (node: MessageStructureObject) =>
  /^text\/(plain|html|calendar)$/i.test(node.type) && node.disposition !== 'attachment'

function textParts(root: MessageStructureObject | undefined): MessageStructureObject[] {
  return [...leaves(root)].filter(isText)
}

function attachmentsOf(root: MessageStructureObject | undefined): Attachment[] {
  return [...leaves(root)]
    .filter((node) => !isText(node))
    .slice(0, 50)
    .map((node) => ({
      filename: node.dispositionParameters?.filename ?? node.parameters?.name ?? '',
      contentType: node.type.toLowerCase(),
      sizeBytes: node.size ?? 0,
    }))
}

const token = (text: string | undefined, fallback: string) => (text && /^[\w.+-]{1,60}$/.test(text) ? text : fallback)

function partHeader(part: MessageStructureObject): string {
  const charset = token(part.parameters?.charset, 'utf-8')
  const encoding = token(part.encoding, '8bit')
  return `Content-Type: ${part.type}; charset="${charset}"\r\nContent-Transfer-Encoding: ${encoding}\r\n`
}

function withoutContentFields(header: string): string {
  const fields = header.replace(/\r?\n\r?\n$/, '\r\n').split(/\r?\n(?![ \t])/)
  const kept = fields.filter((field) => field !== '' && !/^(content-[\w-]+|mime-version)\s*:/i.test(field))
  return kept.map((field) => `${field}\r\n`).join('')
}
