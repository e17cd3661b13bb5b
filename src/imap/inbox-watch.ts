import { WorthwhileError } from '../errors.ts'
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS, POLL_INTERVAL_MS } from '../limits.ts'
import { answered, type ImapClient } from './connect.ts'

/** What ended a wait: the server announced mail, it is time for a look round, or the caller asked for it. */
export type WakeReason = 'announced' | 'tick' | 'woken'

/**
 * An INBOX kept selected and listened to by IDLE (RFC 2177), or by NOOP where the server has no IDLE.
 * A link that froze is noticed by its own heartbeat within HEARTBEAT_INTERVAL_MS + HEARTBEAT_TIMEOUT_MS.
 */
export class InboxWatch {
  readonly client: ImapClient
  readonly #idles: boolean
  #announced = false
  #woken = false
  #closed = false
  #wake: () => void = () => undefined
  /** When the latest announcement came, ms since 1970. */
  announcedAt = 0

  /** @param client with INBOX selected */
  constructor(client: ImapClient) {
    this.client = client
    this.#idles = client.capabilities.has('IDLE')
    client.on('exists', () => this.#onExists())
    client.on('close', () => this.#onClose())
  }

  /** UIDs above `uid`, ascending. `N:*` also matches the last message when N is beyond it (RFC 3501 6.4.8), hence the filter. */
  async uidsAbove(uid: number, since?: Date): Promise<number[]> {
    const query = { uid: `${uid + 1}:*`, ...(since ? { since } : {}) }
    const found = (await answered(this.client, 'SEARCH', this.client.search(query, { uid: true }))) || []
    return found.filter((each) => each > uid).sort((a, b) => a - b)
  }

  /** Listens until something happens. Throws IMAP_CONNECTION or IMAP_TIMEOUT when the link is dead. */
  async wait(): Promise<WakeReason> {
    if (!this.#announced && !this.#woken) await this.#listen()
    if (this.#closed) throw new WorthwhileError('IMAP_CONNECTION', 'The server closed the connection.')
    const reason = this.#announced ? 'announced' : this.#woken ? 'woken' : 'tick'
    this.#announced = false
    this.#woken = false
    if (reason === 'tick') await answered(this.client, 'NOOP', this.client.noop(), HEARTBEAT_TIMEOUT_MS)
    return reason
  }

  /** Ends the present or the next wait. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  async #listen(): Promise<void> {
    if (this.#closed) return
    let timer: NodeJS.Timeout | undefined
    const happened = new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, this.#idles ? HEARTBEAT_INTERVAL_MS : POLL_INTERVAL_MS)
    })
    if (this.#idles) this.#idle()
    await happened
    clearTimeout(timer)
  }

  /** Runs until the next command on this connection ends it; a failure shows as the close of the connection. */
  #idle(): void {
    this.client.idle().catch(() => this.client.close())
  }

  #onExists(): void {
    if (!this.#announced) this.announcedAt = Date.now()
    this.#announced = true
    this.#wake()
  }

  #onClose(): void {
    this.#closed = true
    this.#wake()
  }
}
