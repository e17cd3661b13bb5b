import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser'
import { readHtml } from './core/html.ts'
import { MAX_HEADER_BYTES, MAX_HTML_CHARS, MAX_RAW_BYTES, MAX_TEXT_CHARS } from './core/limits.ts'
import type { Address, Attachment, Message } from './core/message.ts'
import { WorthwhileError } from './errors.ts'
import { cutParts } from './parse/cut-parts.ts'
import { headersOf, messageIdsOf, pathOf } from './parse/headers.ts'

export interface ParseOptions {
  /** Size of the whole message on the server, in bytes; the length of `raw` when absent. */
  readonly sizeBytes?: number
  /** `raw` is only the beginning of the message. */
  readonly truncated?: boolean
  /** Attachments as the server lists them, when `raw` does not hold them. */
  readonly attachments?: readonly Attachment[]
}

/** FLOORS 3: with the conversions skipped, three times the speed; HTML is rendered by `readHtml`. */
const OPTIONS = { skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true, skipHtmlToText: true }

/** A shorter text part beside HTML is only a stub ("view this in your browser"), and the person sees the HTML. */
const STUB_SHARE = 0.4

/**
 * Raw RFC 5322 bytes to a Message, bounded in time and size whatever the bytes are.
 * @throws WorthwhileError UNPARSABLE when the MIME parser gives up.
 */
export async function parseMessage(raw: Buffer, options: ParseOptions = {}): Promise<Message> {
  const bounded = cutParts(raw.length > MAX_RAW_BYTES ? raw.subarray(0, MAX_RAW_BYTES) : raw, MAX_HEADER_BYTES)
  const mail = await parseMime(bounded)
  return messageOf(mail, raw, bounded.length < raw.length, options)
}

async function parseMime(bytes: Buffer): Promise<ParsedMail> {
  try {
    return await simpleParser(bytes, OPTIONS)
  } catch (cause) {
    throw new WorthwhileError('UNPARSABLE', 'the message is not readable as MIME', { cause })
  }
}

function messageOf(mail: ParsedMail, raw: Buffer, cut: boolean, options: ParseOptions): Message {
  const headers = headersOf(mail.headerLines ?? [])
  const html = typeof mail.html === 'string' ? mail.html.slice(0, MAX_HTML_CHARS) : null
  const text = readableText(mail.text ?? '', html)
  return {
    messageId: messageIdsOf(headers.get('message-id')?.[0])[0] ?? null,
    inReplyTo: messageIdsOf(headers.get('in-reply-to')?.[0]),
    references: messageIdsOf(headers.get('references')?.[0]),
    date: timeOf(mail.date),
    from: addressesOf(mail.from)[0] ?? null,
    sender: addressesOf(mail.headers.get('sender') as AddressObject | undefined)[0] ?? null,
    replyTo: addressesOf(mail.replyTo),
    to: addressesOf(mail.to),
    cc: addressesOf(mail.cc),
    returnPath: pathOf(headers.get('return-path')?.[0]),
    subject: (mail.subject ?? '').slice(0, 2000),
    text: text.slice(0, MAX_TEXT_CHARS),
    html,
    ...partsOf(mail, options),
    headers,
    sizeBytes: options.sizeBytes ?? raw.length,
    truncated:
      cut || options.truncated === true || text.length > MAX_TEXT_CHARS || (mail.html || '').length > MAX_HTML_CHARS,
  }
}

/** What a person would see: the text part, unless the HTML beside it says far more. */
function readableText(text: string, html: string | null): string {
  if (html === null) return text
  if (text.trim() === '') return readHtml(html).visible
  if (text.length > html.length * STUB_SHARE) return text
  const visible = readHtml(html).visible
  return text.length < visible.length * STUB_SHARE ? visible : text
}

function partsOf(mail: ParsedMail, options: ParseOptions): Pick<Message, 'attachments' | 'calendars'> {
  const isCalendar = (type: string) => type === 'text/calendar'
  const calendars = mail.attachments.filter(({ contentType }) => isCalendar(contentType)).slice(0, 5)
  const found = mail.attachments.filter(({ related, contentType }) => !related && !isCalendar(contentType))
  const listed = found.map(({ filename, contentType, size }) => ({
    filename: filename ?? '',
    contentType: contentType.toLowerCase(),
    sizeBytes: size,
  }))
  return {
    attachments: [...(options.attachments ?? listed)].slice(0, 100),
    calendars: calendars.map(({ content }) => content.subarray(0, 20_000).toString('utf8')),
  }
}

function addressesOf(field: AddressObject | AddressObject[] | undefined): Address[] {
  const lists = field === undefined ? [] : Array.isArray(field) ? field : [field]
  const flat = lists.flatMap(({ value }) => value ?? []).flatMap((one) => one.group ?? [one])
  return flat.slice(0, 200).map(({ name, address }) => ({
    name: (name ?? '').slice(0, 300),
    address: (address ?? '').slice(0, 320).toLowerCase(),
  }))
}

function timeOf(date: Date | undefined): number | null {
  const time = date?.getTime()
  return time === undefined || Number.isNaN(time) ? null : time
}
