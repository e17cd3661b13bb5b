import { authservIdOf } from '../core/authentication.ts'
import type { Message } from '../core/message.ts'

/** Fewest old messages, and smallest share of them, that must name the same server before it is believed. */
const MIN_NAMED = 5
const MIN_NAMED_SHARE = 0.8

/** Counts which authserv-id stands on top of old mail (RFC 8601 2.5): a forger can name any server in one message, not in most. */
export class AuthservIdCensus {
  readonly #seen = new Map<string, number>()
  #total = 0

  count(message: Message): void {
    const topmost = message.headers.get('authentication-results')?.[0]
    const id = topmost ? authservIdOf(topmost) : ''
    this.#seen.set(id, (this.#seen.get(id) ?? 0) + 1)
    this.#total++
  }

  /** The id on top of nearly all messages counted; null when there is none. */
  get winner(): string | null {
    const [id, n] = [...this.#seen].sort((a, b) => b[1] - a[1])[0] ?? ['', 0]
    return id !== '' && n >= MIN_NAMED && n >= MIN_NAMED_SHARE * this.#total ? id : null
  }
}
