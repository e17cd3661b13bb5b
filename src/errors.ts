/**
 * Every failure the service knows by name. `retry`: whether the same work may succeed later.
 * `status`: the HTTP status when it reaches a client. Whatever the code, the message stays where it is.
 */
const CODES = {
  SETTINGS_INVALID: { status: 500, retry: false },
  UNAUTHORIZED: { status: 401, retry: false },
  INVALID_INPUT: { status: 400, retry: false },
  ACCOUNT_NOT_FOUND: { status: 404, retry: false },
  ACCOUNT_EXISTS: { status: 409, retry: false },
  CONFLICT: { status: 409, retry: false },
  DECISION_NOT_FOUND: { status: 404, retry: false },
  ROUTE_NOT_FOUND: { status: 404, retry: false },
  TOO_LARGE: { status: 413, retry: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retry: false },
  CREDENTIAL_UNREADABLE: { status: 500, retry: false },
  IMAP_AUTH: { status: 422, retry: true },
  IMAP_CONNECTION: { status: 422, retry: true },
  IMAP_TLS: { status: 422, retry: true },
  IMAP_REFUSED: { status: 502, retry: true },
  IMAP_TIMEOUT: { status: 504, retry: true },
  UIDVALIDITY_CHANGED: { status: 409, retry: false },
  LEARNING_OVERTAKEN: { status: 409, retry: true },
  STORE_UNAVAILABLE: { status: 503, retry: true },
  REDIS_FAILED: { status: 500, retry: false },
  UNPARSABLE: { status: 422, retry: false },
  INTERNAL: { status: 500, retry: true },
} as const

export type ErrorCode = keyof typeof CODES

/** An error with a stable code; `message` says what happened, where, and what to do, without secrets or mail content. */
export class WorthwhileError extends Error {
  readonly code: ErrorCode
  /** Facts for programs, e.g. the list of invalid fields. Never secrets. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'WorthwhileError'
    this.code = code
    this.details = options.details ?? {}
  }

  get status(): number {
    return CODES[this.code].status
  }

  get retry(): boolean {
    return CODES[this.code].retry
  }
}

/** The error itself when it already carries a code, else an INTERNAL one around it. */
export function asWorthwhileError(error: unknown): WorthwhileError {
  if (error instanceof WorthwhileError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new WorthwhileError('INTERNAL', message, { cause: error })
}
