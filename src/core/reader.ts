import type { Counts } from './counts.ts'

/** Who is protected: what the account states about its reader. */
export interface Reader {
  /** All the reader's own addresses, lower case. */
  readonly addresses: readonly string[]
  /** The authserv-id whose Authentication-Results count (RFC 8601 2.5); 'none' when the server adds no such header; null when not known yet. */
  readonly authservId: string | null
}

/**
 * What the store knows that bears on one message: the answers to `questionsAbout(message)`.
 * Every count is keyed by a plain counter name here; the store decides how names are hashed.
 */
export interface Knowledge {
  readonly counts: Counts
  /** True when a look-up failed: whoever wrote must then be treated as known (fail open). */
  readonly incomplete: boolean
}
