import { createHash } from 'node:crypto'
import type { MessageStructureObject } from 'imapflow'
import type { Attachment } from '../core/message.ts'

/** A part's section number in FETCH. A message without parts is its own part 1 (RFC 3501 6.4.5). */
export const sectionOf = (part: MessageStructureObject) => (part.part ?? '1').toLowerCase()

/** Attachments named in a decision's features at most. */
const MAX_ATTACHMENTS = 50

/** The parts that a person reads, and invitations, in the order of the message. */
export function textParts(root: MessageStructureObject | undefined): MessageStructureObject[] {
  return [...leaves(root)].map(({ part }) => part).filter(isText)
}

/** The files of a message; pictures that its HTML shows are none. */
export function attachmentsOf(root: MessageStructureObject | undefined): Attachment[] {
  const files = [...leaves(root)].filter(({ part, related }) => !related && !isText(part)).map(({ part }) => part)
  return files.slice(0, MAX_ATTACHMENTS).map((part) => ({
    filename: part.dispositionParameters?.filename ?? part.parameters?.name ?? '',
    contentType: part.type.toLowerCase(),
    sizeBytes: part.size ?? 0,
  }))
}

/**
 * A large message again as a small one: its own header, and of its body the text parts, as they are nested.
 * @param source its beginning, with the header
 * @param bodies the text parts' bodies, still encoded, by section number; a part that is not there is left out
 */
export function textOnly(source: Buffer, root: MessageStructureObject, bodies: ReadonlyMap<string, Buffer>): Buffer {
  const header = withoutContentFields(source.subarray(0, headerEnd(source)).toString('latin1'))
  // Nobody who wrote a part can know what its boundary will be.
  const boundary = `worthwhile-${createHash('sha256').update(source).digest('hex').slice(0, 24)}`
  const entity = entityOf(root, bodies, boundary) ?? Buffer.from('\r\n')
  return Buffer.concat([Buffer.from(`${header}MIME-Version: 1.0\r\n`, 'latin1'), entity])
}

/** Where the header ends in a source; its whole length when no empty line is there. */
export function headerEnd(source: Buffer): number {
  const crlf = source.indexOf('\r\n\r\n')
  if (crlf >= 0) return crlf + 4
  const lf = source.indexOf('\n\n')
  return lf >= 0 ? lf + 2 : source.length
}

/** A message that is attached is a file like any other: its text is not what this sender says. */
const isContainer = (node: MessageStructureObject) => node.childNodes !== undefined && /^multipart\//i.test(node.type)

const isText = ({ type, disposition }: MessageStructureObject) =>
  /^text\/calendar$/i.test(type) || (/^text\/(plain|html)$/i.test(type) && disposition !== 'attachment')

interface Leaf {
  readonly part: MessageStructureObject
  /** It belongs to the HTML beside it (RFC 2387). */
  readonly related: boolean
}

function* leaves(node: MessageStructureObject | undefined, related = false): Generator<Leaf> {
  if (!node) return
  if (!isContainer(node)) yield { part: node, related }
  else for (const child of node.childNodes ?? []) yield* leaves(child, isRelated(node) || related)
}

const isRelated = ({ type }: MessageStructureObject) => /^multipart\/related$/i.test(type)

/** A part with its own header, or null when nothing of it is read. */
function entityOf(node: MessageStructureObject, bodies: ReadonlyMap<string, Buffer>, boundary: string): Buffer | null {
  if (!isContainer(node)) {
    const body = isText(node) ? bodies.get(sectionOf(node)) : undefined
    return body ? Buffer.concat([Buffer.from(partHeader(node), 'latin1'), body]) : null
  }
  const children = (node.childNodes ?? []).flatMap((child, i) => entityOf(child, bodies, `${i}.${boundary}`) ?? [])
  if (children.length === 0) return null
  const chunks = children.flatMap((child) => [Buffer.from(`--${boundary}\r\n`), child, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(containerHeader(node, boundary)), ...chunks, Buffer.from(`--${boundary}--\r\n`)])
}

/** What the structure says comes from the message: only what is harmless in a header is repeated. */
const token = (text: string | undefined, fallback: string) => (text && /^[\w.+-]{1,60}$/.test(text) ? text : fallback)

function partHeader({ type, parameters, encoding }: MessageStructureObject): string {
  const flowed = parameters?.format?.toLowerCase() === 'flowed' ? '; format=flowed' : ''
  const deleted = parameters?.delsp?.toLowerCase() === 'yes' ? '; delsp=yes' : ''
  const contentType = `${type.toLowerCase()}; charset="${token(parameters?.charset, 'utf-8')}"${flowed}${deleted}`
  return `Content-Type: ${contentType}\r\nContent-Transfer-Encoding: ${token(encoding, '8bit')}\r\n\r\n`
}

function containerHeader({ type }: MessageStructureObject, boundary: string): string {
  const kind = /^multipart\/alternative$/i.test(type) ? 'alternative' : 'mixed'
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n`
}

function withoutContentFields(header: string): string {
  const fields = header.replace(/\r?\n\r?\n$/, '\r\n').split(/\r?\n(?![ \t])/)
  const kept = fields.filter((field) => field !== '' && !/^(content-[\w-]+|mime-version)\s*:/i.test(field))
  return kept.map((field) => `${field}\r\n`).join('')
}
