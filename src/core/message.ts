/** What a classifier may see of one message. Pure data, made by `parse.ts`, bounded in size by `limits.ts`. */
export interface Message {
  /** Message-ID without angle brackets; null when the header is missing or empty. */
  readonly messageId: string | null
  /** Message-IDs without angle brackets, oldest first (RFC 5322 3.6.4). */
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  /** Date header in ms since 1970 UTC; null when missing or unreadable. */
  readonly date: number | null
  readonly from: Address | null
  readonly sender: Address | null
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  /** Envelope sender from Return-Path, lower case; '' for the null sender; null when the header is missing. */
  readonly returnPath: string | null
  readonly subject: string
  /** The text a person would read: the text/plain part, or the rendered HTML; at most `MAX_TEXT_CHARS`. */
  readonly text: string
  /** Raw HTML, at most `MAX_HTML_CHARS`; null when the message has none. */
  readonly html: string | null
  readonly attachments: readonly Attachment[]
  /** text/calendar parts, raw. */
  readonly calendars: readonly string[]
  /** Lower-case field name to unfolded, undecoded-but-printable values, topmost first. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly sizeBytes: number
  /** True when text, HTML or headers were cut at a limit. */
  readonly truncated: boolean
}

export interface Address {
  /** Decoded display name, '' when absent. */
  readonly name: string
  /** addr-spec in lower case, '' when absent. */
  readonly address: string
}

export interface Attachment {
  readonly filename: string
  /** e.g. `application/pdf`, lower case. */
  readonly contentType: string
  readonly sizeBytes: number
}
