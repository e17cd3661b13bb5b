import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver, LmtpClient } from '../../../src/demo/lmtp.ts'
import { connectImap } from '../../../src/imap/connect.ts'
import { InboxWatch, type WakeReason, type WatchIntervals } from '../../../src/imap/inbox-watch.ts'
import { logout } from '../../../src/imap/sessions.ts'
import { dropFile } from '../../servers/file-drop.ts'
import { asReader } from '../../servers/mailboxes.ts'
import { message } from '../../servers/message.ts'
import { startProxy } from '../../servers/proxy.ts'
import { accountOf, readers, takeTurns } from './arrangement.ts'
import { startWiretap } from './wiretap.ts'

/** No heartbeat and no look round within a test: whatever is noticed was announced. */
const RARE: WatchIntervals = { heartbeatMs: 600_000, heartbeatTimeoutMs: 600_000, pollMs: 600_000 }
const OFTEN: WatchIntervals = { heartbeatMs: 100, heartbeatTimeoutMs: 150, pollMs: 100 }
/** Dovecot itself holds announcements back for 500 ms; far less than the 15 s after a command that must not occur. */
const PROMPT_MS = 3000

let dovecot: Dovecot
let withoutIdle: Dovecot
let next: () => string
beforeAll(async () => {
  dovecot = await startDovecot({ users: readers(30) })
  withoutIdle = await startDovecot({ profile: 'noIdle', users: readers(1) })
  next = takeTurns(dovecot)
})
afterAll(async () => {
  await dovecot.cleanup()
  await withoutIdle.cleanup()
})

interface Watching {
  readonly user: string
  readonly watch: InboxWatch
}

interface Place {
  readonly intervals?: WatchIntervals
  readonly port?: number
  readonly server?: Dovecot
  readonly user?: string
}

async function watching(act: (it: Watching) => Promise<void>, place: Place = {}): Promise<void> {
  const { intervals = RARE, server = dovecot, port = server.port, user = next() } = place
  const client = await connectImap(accountOf(server, user, port).imap, server.users[user] ?? '')
  await client.mailboxOpen('INBOX')
  try {
    await act({ user, watch: new InboxWatch(client, intervals) })
  } finally {
    await logout(client)
  }
}

/** The next reason that is not a mere look round. */
async function reasonOf(watch: InboxWatch): Promise<WakeReason> {
  for (;;) {
    const reason = await watch.wait()
    if (reason !== 'tick') return reason
  }
}

/** Follows INBOX as the poller does until `count` messages were seen. */
async function follow(watch: InboxWatch, count: number): Promise<number[]> {
  const seen: number[] = []
  while (seen.length < count)
    if ((await watch.wait()) === 'announced') seen.push(...(await watch.uidsAbove(seen.at(-1) ?? 0)))
  return seen
}

describe('a watch on INBOX', () => {
  it('hears of mail that arrives by LMTP', () =>
    watching(async ({ user, watch }) => {
      const waiting = watch.wait()
      const before = Date.now()
      await deliver(dovecot.lmtpPort, user, message())
      expect(await waiting).toBe('announced')
      expect(watch.announcedAt).toBeGreaterThanOrEqual(before)
      expect(await watch.uidsAbove(0)).toEqual([1])
    }))

  it('hears of mail that arrives as a file', () =>
    watching(async ({ user, watch }) => {
      const waiting = watch.wait()
      await dropFile(dovecot, user, message())
      expect(await waiting).toBe('announced')
      expect(await watch.uidsAbove(0)).toEqual([1])
    }))

  it('sees each message of a burst of 50 once, in order', () =>
    watching(async ({ user, watch }) => {
      const following = follow(watch, 50)
      const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
      for (let i = 0; i < 50; i += 1) await lmtp.deliver(user, message())
      await lmtp.close()
      expect(await following).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    }))

  it('is not deaf after a command', () =>
    watching(async ({ user, watch }) => {
      for (let uid = 1; uid <= 3; uid += 1) {
        const waiting = watch.wait()
        const delivered = performance.now()
        await deliver(dovecot.lmtpPort, user, message())
        expect(await waiting).toBe('announced')
        expect(performance.now() - delivered).toBeLessThan(PROMPT_MS)
        expect(await watch.uidsAbove(uid - 1)).toEqual([uid])
      }
    }))

  it('is not deaf between two waits', () =>
    watching(async ({ user, watch }) => {
      await deliver(dovecot.lmtpPort, user, message())
      await watch.client.noop()
      expect(await watch.wait()).toBe('announced')
    }))

  it('is not woken by a message that was removed, and hears of the next one', () =>
    watching(async ({ user, watch }) => {
      for (let i = 0; i < 3; i += 1) await deliver(dovecot.lmtpPort, user, message())
      await follow(watch, 3)
      const waiting = watch.wait()
      await asReader(dovecot, user, async (reader) => {
        await reader.mailboxOpen('INBOX')
        await reader.messageDelete('2', { uid: true })
      })
      await deliver(dovecot.lmtpPort, user, message())
      expect(await waiting).toBe('announced')
      expect(await watch.uidsAbove(3)).toEqual([4])
    }))

  it('looks round now and then', () =>
    watching(
      async ({ watch }) => {
        expect([await watch.wait(), await watch.wait()]).toEqual(['tick', 'tick'])
      },
      { intervals: OFTEN },
    ))

  it('goes on hearing after it looked round', () =>
    watching(
      async ({ user, watch }) => {
        await watch.wait()
        const reason = reasonOf(watch)
        await deliver(dovecot.lmtpPort, user, message())
        expect(await reason).toBe('announced')
      },
      { intervals: OFTEN },
    ))
})

describe('a watch that is woken', () => {
  it('ends its wait', () =>
    watching(async ({ watch }) => {
      const waiting = watch.wait()
      watch.wake()
      expect(await waiting).toBe('woken')
    }))

  it('ends its next wait when none is under way', () =>
    watching(async ({ watch }) => {
      watch.wake()
      expect(await watch.wait()).toBe('woken')
    }))

  it('goes on hearing', () =>
    watching(async ({ user, watch }) => {
      watch.wake()
      await watch.wait()
      for (let uid = 1; uid <= 2; uid += 1) {
        const waiting = watch.wait()
        watch.wake()
        expect(await waiting).toBe('woken')
      }
      const waiting = watch.wait()
      await deliver(dovecot.lmtpPort, user, message())
      expect(await waiting).toBe('announced')
    }))

  it('at the same time as mail is announced tells of both', () =>
    watching(async ({ user, watch }) => {
      await deliver(dovecot.lmtpPort, user, message())
      await watch.client.noop()
      watch.wake()
      expect([await watch.wait(), await watch.wait()]).toEqual(['announced', 'woken'])
    }))
})

describe('a watch on a server without IDLE', () => {
  it('finds mail by looking', () =>
    watching(
      async ({ user, watch }) => {
        expect(await watch.wait()).toBe('tick')
        await deliver(withoutIdle.lmtpPort, user, message())
        expect(await reasonOf(watch)).toBe('announced')
        expect(await watch.uidsAbove(0)).toEqual([1])
      },
      { server: withoutIdle, user: 'reader0', intervals: OFTEN },
    ))

  it('finds mail by looking where IDLE is promised and refused', async () => {
    const tap = await startWiretap(dovecot.port, (line) => line.replace(/^(\S+) IDLE$/, '$1 XIDLE'))
    await watching(
      async ({ user, watch }) => {
        await deliver(dovecot.lmtpPort, user, message())
        expect(await reasonOf(watch)).toBe('announced')
      },
      { port: tap.port, intervals: { ...RARE, pollMs: 100 } },
    )
    await tap.close()
  })

  it('idles again where the server ended IDLE of itself', async () => {
    let first = true
    const tap = await startWiretap(dovecot.port, (line, from) => {
      if (from === 'server' || !first || !/ IDLE$/.test(line)) return line
      first = false
      return line.replace('IDLE', 'NOOP')
    })
    await watching(
      async ({ user, watch }) => {
        const waiting = watch.wait()
        await vi.waitFor(() => expect(tap.commands.filter((line) => line === 'IDLE')).toHaveLength(2), 5000)
        await deliver(dovecot.lmtpPort, user, message())
        expect(await waiting).toBe('announced')
      },
      { port: tap.port },
    )
    await tap.close()
  })
})

describe('a watch whose link dies', () => {
  it('silently notices by its heartbeat', async () => {
    const proxy = await startProxy(dovecot.port)
    await watching(
      async ({ watch }) => {
        await watch.wait()
        proxy.freeze()
        const frozen = performance.now()
        await expect(reasonOf(watch)).rejects.toMatchObject({ code: 'IMAP_TIMEOUT' })
        expect(performance.now() - frozen).toBeLessThan(1000)
        await expect(watch.wait()).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
      },
      { port: proxy.port, intervals: OFTEN },
    )
    await proxy.close()
  })

  it('by a reset says so at once', async () => {
    const proxy = await startProxy(dovecot.port)
    await watching(
      async ({ watch }) => {
        const waiting = watch.wait()
        proxy.cut()
        await expect(waiting).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
      },
      { port: proxy.port },
    )
    await proxy.close()
  })

  it('by a restart of the server says so, and so does every later wait', async () => {
    const restarted = await startDovecot({ users: readers(1) })
    await watching(
      async ({ watch }) => {
        const waiting = watch.wait()
        const failed = expect(waiting).rejects.toMatchObject({ code: 'IMAP_CONNECTION', retry: true })
        await restarted.kill()
        await failed
        await restarted.start()
        await expect(watch.wait()).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
        await expect(watch.uidsAbove(0)).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
      },
      { server: restarted, user: 'reader0' },
    )
    await restarted.cleanup()
  })

  it('because an administrator ended the session says so', () =>
    watching(async ({ user, watch }) => {
      const waiting = watch.wait()
      const failed = expect(waiting).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
      await dovecot.doveadm('kick', user)
      await failed
    }))
})

describe('the UIDs above a position', () => {
  it('do not name the last message again when there is none above', () =>
    watching(async ({ user, watch }) => {
      for (let i = 0; i < 3; i += 1) await deliver(dovecot.lmtpPort, user, message())
      await follow(watch, 3)
      expect([await watch.uidsAbove(1), await watch.uidsAbove(3), await watch.uidsAbove(99)]).toEqual([[2, 3], [], []])
    }))

  it('are none in an empty mailbox', () =>
    watching(async ({ watch }) => {
      expect(await watch.uidsAbove(0)).toEqual([])
    }))

  it('since a day leave out what was received before', () =>
    watching(async ({ user, watch }) => {
      await asReader(dovecot, user, async (reader) => {
        await reader.append('INBOX', message(), [], new Date('2020-01-01T12:00:00Z'))
        await reader.append('INBOX', message(), [], new Date('2024-06-15T12:00:00Z'))
      })
      await watch.client.noop()
      expect(await watch.uidsAbove(0, new Date('2024-06-14T12:00:00Z'))).toEqual([2])
    }))

  it('are never an empty list because the server refused to search', async () => {
    const tap = await startWiretap(dovecot.port, (line) => line.replace(/ UID SEARCH .*/, ' UID SEARCH NONSENSE'))
    await watching(
      async ({ watch }) => {
        await expect(watch.uidsAbove(0)).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
      },
      { port: tap.port },
    )
    await tap.close()
  })

  it('are all there in a mailbox of 3,000', () =>
    watching(async ({ user, watch }) => {
      const raw = message()
      for (let i = 0; i < 3000; i += 100)
        await Promise.all(Array.from({ length: 100 }, () => dropFile(dovecot, user, raw)))
      await watch.client.noop()
      expect(await watch.uidsAbove(0)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
      expect(await watch.uidsAbove(2998)).toEqual([2999, 3000])
    }))
})
