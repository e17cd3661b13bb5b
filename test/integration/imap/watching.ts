import { afterAll, beforeAll } from 'vitest'
import { type Dovecot, type DovecotOptions, startDovecot } from '../../../src/demo/dovecot.ts'
import { connectImap } from '../../../src/imap/connect.ts'
import { InboxWatch, type WakeReason, type WatchIntervals } from '../../../src/imap/inbox-watch.ts'
import { logout } from '../../../src/imap/sessions.ts'
import { accountOf, readers, takeTurns } from './arrangement.ts'

/** No heartbeat and no look round within a test: whatever is noticed was announced. */
export const RARE: WatchIntervals = { heartbeatMs: 600_000, heartbeatTimeoutMs: 600_000, pollMs: 600_000 }
export const OFTEN: WatchIntervals = { heartbeatMs: 100, heartbeatTimeoutMs: 150, pollMs: 100 }

export interface Watching {
  readonly user: string
  readonly watch: InboxWatch
}

export interface Place {
  /** Default: RARE. */
  readonly intervals?: WatchIntervals
  /** A proxy's. */
  readonly port?: number
}

/** Watches the INBOX of a user while `act` plays. */
export async function watchingAs(
  dovecot: Dovecot,
  user: string,
  act: (it: Watching) => Promise<void>,
  { intervals = RARE, port = dovecot.port }: Place = {},
): Promise<void> {
  const client = await connectImap(accountOf(dovecot, user, port).imap, dovecot.users[user] ?? '')
  await client.mailboxOpen('INBOX')
  try {
    await act({ user, watch: new InboxWatch(client, intervals) })
  } finally {
    await logout(client)
  }
}

/** A server for the tests of one file, a fresh mailbox for each. */
export class WatchedServer {
  #dovecot: Dovecot | undefined
  #next: () => string = () => ''

  constructor(options: DovecotOptions = {}) {
    beforeAll(async () => {
      this.#dovecot = await startDovecot({ users: readers(20), ...options })
      this.#next = takeTurns(this.#dovecot)
    })
    afterAll(() => this.#dovecot?.cleanup())
  }

  get dovecot(): Dovecot {
    if (this.#dovecot === undefined) throw new Error('The server is started before the first test only.')
    return this.#dovecot
  }

  watching(act: (it: Watching) => Promise<void>, place?: Place): Promise<void> {
    return watchingAs(this.dovecot, this.#next(), act, place)
  }
}

/** The next reason that is not a mere look round. */
export async function reasonOf(watch: InboxWatch): Promise<WakeReason> {
  for (;;) {
    const reason = await watch.wait()
    if (reason !== 'tick') return reason
  }
}

/** Follows INBOX as the poller does until `count` messages were seen. */
export async function follow(watch: InboxWatch, count: number): Promise<number[]> {
  const seen: number[] = []
  while (seen.length < count)
    if ((await watch.wait()) === 'announced') seen.push(...(await watch.uidsAbove(seen.at(-1) ?? 0)))
  return seen
}
