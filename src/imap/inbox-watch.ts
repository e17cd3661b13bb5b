import { WorthwhileError } from '../errors.ts'
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS, POLL_INTERVAL_MS } from '../limits.ts'
import { answered, type ImapClient, searchUids } from './connect.ts'

/** What ended a wait: new mail, mail that went away or changed its flags, the time for a look round, or the caller. */
export type WakeReason = 'announced' | 'changed' | 'tick' | 'woken'

export interface WatchIntervals {
  /** Between proofs of life on an idling connection. */
  readonly heartbeatMs: number
  readonly heartbeatTimeoutMs: number
  /** Between looks where the server has no IDLE. */
  readonly pollMs: number
}

const INTERVALS: WatchIntervals = {
  heartbeatMs: HEARTBEAT_INTERVAL_MS,
  heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
  pollMs: POLL_INTERVAL_MS,
}

/** ms until IDLE is begun again on a server that ended it of itself: one that always does must not be hammered. */
const IDLE_AGAIN_MS = 500

/**
 * An INBOX kept selected and listened to by IDLE (RFC 2177), or by NOOP where the server has no IDLE or refuses it.
 * A link that froze is noticed by its own heartbeat within HEARTBEAT_INTERVAL_MS + HEARTBEAT_TIMEOUT_MS.
 */
export class InboxWatch {
  readonly client: ImapClient
  readonly #intervals: WatchIntervals
  /** Whether IDLE is worth a try. */
  #idles: boolean
  #idling = false
  #listening = false
  #announced = false
  #changed = false
  #woken = false
  #closed = false
  #wake: () => void = () => undefined
  /** When the latest announcement came, ms since 1970. */
  announcedAt = 0

  /** @param client with INBOX selected before the first wait */
  constructor(client: ImapClient, intervals = INTERVALS) {
    this.client = client
    this.#intervals = intervals
    this.#idles = client.capabilities.has('IDLE')
    this.#closed = !client.usable
    client.on('exists', () => this.#onExists())
    client.on('expunge', () => this.#onChange())
    client.on('flags', () => this.#onChange())
    client.on('close', () => this.#onClose())
  }

  /**
   * UIDs above `uid`, ascending. `N:*` also matches the last message when N is beyond it (RFC 3501 6.4.8), hence the filter.
   * Throws IMAP_REFUSED when the server will not search.
   */
  async uidsAbove(uid: number, since?: Date): Promise<number[]> {
    const found = await searchUids(this.client, { uid: `${uid + 1}:*`, ...(since ? { since } : {}) })
    return found.filter((each) => each > uid)
  }

  /** Listens until something happens. Throws IMAP_CONNECTION or IMAP_TIMEOUT when the link is dead. */
  async wait(): Promise<WakeReason> {
    if (!this.#announced && !this.#changed && !this.#woken) await this.#listen()
    if (this.#closed) throw new WorthwhileError('IMAP_CONNECTION', 'The server closed the connection.')
    const reason = this.#takeReason()
    if (reason === 'tick') await answered(this.client, 'NOOP', this.client.noop(), this.#intervals.heartbeatTimeoutMs)
    return reason
  }

  /** Ends the present or the next wait. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  /** What matters most; what else happened ends the next wait. */
  #takeReason(): WakeReason {
    if (this.#announced) {
      this.#announced = false
      return 'announced'
    }
    if (this.#changed) {
      this.#changed = false
      return 'changed'
    }
    const reason = this.#woken ? 'woken' : 'tick'
    this.#woken = false
    return reason
  }

  async #listen(): Promise<void> {
    if (this.#closed) return
    let timer: NodeJS.Timeout | undefined
    const happened = new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, this.#idles ? this.#intervals.heartbeatMs : this.#intervals.pollMs)
    })
    this.#listening = true
    this.#idle()
    await happened
    this.#listening = false
    clearTimeout(timer)
  }

  /** Runs until the next command on this connection ends it; a failure shows as the close of the connection. */
  #idle(): void {
    if (!this.#idles || this.#idling || this.#closed) return
    this.#idling = true
    this.client
      .idle()
      .then((ended) => this.#onIdleEnd(ended !== false))
      .catch(() => this.client.close())
  }

  #onIdleEnd(accepted: boolean): void {
    this.#idling = false
    this.#idles = accepted
    if (!this.#listening) return
    // Nobody asked for the end of it: without IDLE this wait would be deaf until the next heartbeat.
    if (accepted) setTimeout(() => this.#listening && this.#idle(), IDLE_AGAIN_MS).unref()
    else this.#wake()
  }

  #onExists(): void {
    if (!this.#announced) this.announcedAt = Date.now()
    this.#announced = true
    this.#wake()
  }

  #onChange(): void {
    this.#changed = true
    this.#wake()
  }

  #onClose(): void {
    this.#closed = true
    this.#wake()
  }
}
