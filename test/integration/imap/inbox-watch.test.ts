import { describe, expect, it } from 'vitest'
import { deliver, LmtpClient } from '../../../src/demo/lmtp.ts'
import { dropFile } from '../../servers/file-drop.ts'
import { asReader } from '../../servers/mailboxes.ts'
import { message } from '../../servers/message.ts'
import { follow, OFTEN, reasonOf, WatchedServer } from './watching.ts'

/** Dovecot itself holds announcements back for 500 ms; far less than the 15 s after a command that must not occur. */
const PROMPT_MS = 3000

const server = new WatchedServer()

describe('a watch on INBOX', () => {
  it('hears of mail that arrives by LMTP', () =>
    server.watching(async ({ user, watch }) => {
      const waiting = watch.wait()
      const before = Date.now()
      await deliver(server.dovecot.lmtpPort, user, message())
      expect(await waiting).toBe('announced')
      expect(watch.announcedAt).toBeGreaterThanOrEqual(before)
      expect(await watch.uidsAbove(0)).toEqual([1])
    }))

  it('hears of mail that arrives as a file', () =>
    server.watching(async ({ user, watch }) => {
      const waiting = watch.wait()
      await dropFile(server.dovecot, user, message())
      expect(await waiting).toBe('announced')
      expect(await watch.uidsAbove(0)).toEqual([1])
    }))

  it('sees each message of a burst of 50 once, in order', () =>
    server.watching(async ({ user, watch }) => {
      const following = follow(watch, 50)
      const lmtp = await LmtpClient.connect(server.dovecot.lmtpPort)
      for (let i = 0; i < 50; i += 1) await lmtp.deliver(user, message())
      await lmtp.close()
      expect(await following).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    }))

  it('is not deaf after a command', () =>
    server.watching(async ({ user, watch }) => {
      for (let uid = 1; uid <= 3; uid += 1) {
        const waiting = watch.wait()
        const delivered = performance.now()
        await deliver(server.dovecot.lmtpPort, user, message())
        expect(await waiting).toBe('announced')
        expect(performance.now() - delivered).toBeLessThan(PROMPT_MS)
        expect(await watch.uidsAbove(uid - 1)).toEqual([uid])
      }
    }))

  it('is not deaf between two waits', () =>
    server.watching(async ({ user, watch }) => {
      await deliver(server.dovecot.lmtpPort, user, message())
      await watch.client.noop()
      expect(await watch.wait()).toBe('announced')
    }))

  it('tells a message that was removed from one that is new, and hears of the next one', () =>
    server.watching(async ({ user, watch }) => {
      for (let i = 0; i < 3; i += 1) await deliver(server.dovecot.lmtpPort, user, message())
      await follow(watch, 3)
      const waiting = watch.wait()
      await asReader(server.dovecot, user, async (reader) => {
        await reader.mailboxOpen('INBOX')
        await reader.messageDelete('2', { uid: true })
      })
      expect(await waiting).toBe('changed')
      const next = watch.wait()
      await deliver(server.dovecot.lmtpPort, user, message())
      expect(await next).toBe('announced')
      expect(await watch.uidsAbove(3)).toEqual([4])
    }))

  it('looks round now and then', () =>
    server.watching(
      async ({ watch }) => {
        expect([await watch.wait(), await watch.wait()]).toEqual(['tick', 'tick'])
      },
      { intervals: OFTEN },
    ))

  it('goes on hearing after it looked round', () =>
    server.watching(
      async ({ user, watch }) => {
        await watch.wait()
        const reason = reasonOf(watch)
        await deliver(server.dovecot.lmtpPort, user, message())
        expect(await reason).toBe('announced')
      },
      { intervals: OFTEN },
    ))
})

describe('a watch that is woken', () => {
  it('ends its wait', () =>
    server.watching(async ({ watch }) => {
      const waiting = watch.wait()
      watch.wake()
      expect(await waiting).toBe('woken')
    }))

  it('ends its next wait when none is under way', () =>
    server.watching(async ({ watch }) => {
      watch.wake()
      expect(await watch.wait()).toBe('woken')
    }))

  it('goes on hearing', () =>
    server.watching(async ({ user, watch }) => {
      watch.wake()
      await watch.wait()
      for (let uid = 1; uid <= 2; uid += 1) {
        const waiting = watch.wait()
        watch.wake()
        expect(await waiting).toBe('woken')
      }
      const waiting = watch.wait()
      await deliver(server.dovecot.lmtpPort, user, message())
      expect(await waiting).toBe('announced')
    }))

  it('at the same time as mail is announced tells of both', () =>
    server.watching(async ({ user, watch }) => {
      await deliver(server.dovecot.lmtpPort, user, message())
      await watch.client.noop()
      watch.wake()
      expect([await watch.wait(), await watch.wait()]).toEqual(['announced', 'woken'])
    }))
})
