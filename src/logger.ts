import { type Logger, pino } from 'pino'

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

/** A JSON logger on stdout. Logs carry ids, codes and counts: never subjects, addresses or secrets. */
export function createLogger(level: string): Logger {
  const paths = REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({ level, redact: { paths, censor: '[redacted]' }, base: { pid: process.pid } })
}
