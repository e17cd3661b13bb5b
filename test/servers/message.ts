import { randomUUID } from 'node:crypto'

export interface MessageParts {
  from?: string
  to?: string
  subject?: string
  date?: Date
  messageId?: string
  text?: string
  html?: string
  /** Further headers, or other values for the usual ones; null leaves a header out. */
  headers?: Record<string, string | null>
  /** A file of that many bytes, sent as base64. */
  attachment?: { filename: string; bytes: number }
}

/** A small valid message with CRLF line ends. Every call makes a new Message-ID unless one is given. */
export function message(parts: MessageParts = {}): string {
  const headers: Record<string, string | null> = {
    From: parts.from ?? 'Ada Stranger <ada@example.org>',
    To: parts.to ?? 'reader@example.com',
    Subject: parts.subject ?? 'A word about the harbour works',
    Date: (parts.date ?? new Date()).toUTCString().replace('GMT', '+0000'),
    'Message-ID': parts.messageId ?? newMessageId(),
    'MIME-Version': '1.0',
    ...parts.headers,
  }
  return asCrlf(`${headerLines(headers)}${body(parts)}`)
}

/** A Message-ID that nobody used before, in angle brackets. */
export function newMessageId(): string {
  return `<${randomUUID()}@example.org>`
}

function headerLines(headers: Record<string, string | null>): string {
  const present = Object.entries(headers).filter(([, value]) => value !== null)
  return present.map(([name, value]) => `${name}: ${value}\n`).join('')
}

function body({ text = 'The pier opens on Tuesday at nine.', html, attachment }: MessageParts): string {
  const readable = html === undefined ? textPart(text) : multipart('alternative', [textPart(text), htmlPart(html)])
  if (attachment === undefined) return readable
  return multipart('mixed', [readable, attachmentPart(attachment)])
}

function textPart(text: string): string {
  return `Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${text}\n`
}

function htmlPart(html: string): string {
  return `Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${html}\n`
}

function attachmentPart({ filename, bytes }: { filename: string; bytes: number }): string {
  const lines = Buffer.alloc(bytes, 'attachment ').toString('base64').replace(/.{76}/g, '$&\n')
  const disposition = `Content-Disposition: attachment; filename="${filename}"`
  return `Content-Type: application/octet-stream\n${disposition}\nContent-Transfer-Encoding: base64\n\n${lines}\n`
}

function multipart(kind: 'alternative' | 'mixed', parts: string[]): string {
  const boundary = `=_${kind}_${randomUUID()}`
  const sections = parts.map((part) => `--${boundary}\n${part}`).join('')
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\n\n${sections}--${boundary}--\n`
}

function asCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}
