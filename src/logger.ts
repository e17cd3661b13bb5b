import { type DestinationStream, type Logger, pino } from 'pino'
import { WorthwhileError } from './errors.ts'

export type { Logger }

/** Field names that may carry a secret, an address or a subject; their values never reach a log. */
const REDACTED = [
  'password',
  'pass',
  'token',
  'authorization',
  'subject',
  'from',
  'to',
  'user',
  'address',
  'credential',
]

/** Causes followed at most: an error may be its own cause. */
const MAX_CAUSES = 5

/** A JSON logger on stdout. Logs carry ids, codes and counts: never subjects, addresses or secrets. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const paths = REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const options = {
    level,
    redact: { paths, censor: '[redacted]' },
    base: { pid: process.pid },
    serializers: { err: describeError },
  }
  return destination ? pino(options, destination) : pino(options)
}

interface ErrorDescription {
  readonly type: string
  readonly message: string
  readonly code?: unknown
  readonly stack?: string | undefined
  readonly cause?: unknown
}

/**
 * What a log tells of an error: its kind, message, code, stack and causes, and none of its other fields. Redis' errors
 * carry the command with all its arguments (passwords, subjects), the IMAP library's the login.
 */
function describeError(error: unknown, depth = 0): ErrorDescription | unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? undefined : error
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code }),
    // A failure that has a name is not a fault of the program.
    ...(error instanceof WorthwhileError ? {} : { stack }),
    ...(cause === undefined || depth === MAX_CAUSES ? {} : { cause: describeError(cause, depth + 1) }),
  }
}
