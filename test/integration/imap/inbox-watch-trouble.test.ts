import { describe, expect, it, vi } from 'vitest'
import { startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { message } from '../../servers/message.ts'
import { startProxy } from '../../servers/proxy.ts'
import { readers } from './arrangement.ts'
import { OFTEN, RARE, reasonOf, WatchedServer, watchingAs } from './watching.ts'
import { startWiretap } from './wiretap.ts'

const server = new WatchedServer()
const withoutIdle = new WatchedServer({ profile: 'noIdle' })

describe('a watch on a server without IDLE', () => {
  it('finds mail by looking', () =>
    withoutIdle.watching(
      async ({ user, watch }) => {
        expect(await watch.wait()).toBe('tick')
        await deliver(withoutIdle.dovecot.lmtpPort, user, message())
        expect(await reasonOf(watch)).toBe('announced')
        expect(await watch.uidsAbove(0)).toEqual([1])
      },
      { intervals: OFTEN },
    ))

  it('finds mail by looking where IDLE is promised and refused', async () => {
    const tap = await startWiretap(server.dovecot.port, (line) => line.replace(/^(\S+) IDLE$/, '$1 XIDLE'))
    await server.watching(
      async ({ user, watch }) => {
        await deliver(server.dovecot.lmtpPort, user, message())
        expect(await reasonOf(watch)).toBe('announced')
      },
      { port: tap.port, intervals: { ...RARE, pollMs: 100 } },
    )
    await tap.close()
  })

  it('idles again where the server ended IDLE of itself', async () => {
    let first = true
    const tap = await startWiretap(server.dovecot.port, (line, from) => {
      if (from === 'server' || !first || !/ IDLE$/.test(line)) return line
      first = false
      return line.replace('IDLE', 'NOOP')
    })
    await server.watching(
      async ({ user, watch }) => {
        const waiting = watch.wait()
        await vi.waitFor(() => expect(tap.commands.filter((line) => line === 'IDLE')).toHaveLength(2), 5000)
        await deliver(server.dovecot.lmtpPort, user, message())
        expect(await waiting).toBe('announced')
      },
      { port: tap.port },
    )
    await tap.close()
  })
})

describe('a watch whose link dies', () => {
  it('silently notices by its heartbeat', async () => {
    const proxy = await startProxy(server.dovecot.port)
    await server.watching(
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
    const proxy = await startProxy(server.dovecot.port)
    await server.watching(
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
    await watchingAs(restarted, 'reader0', async ({ watch }) => {
      const waiting = watch.wait()
      const failed = expect(waiting).rejects.toMatchObject({ code: 'IMAP_CONNECTION', retry: true })
      await restarted.kill()
      await failed
      await restarted.start()
      await expect(watch.wait()).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
      await expect(watch.uidsAbove(0)).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
    })
    await restarted.cleanup()
  })

  it('because an administrator ended the session says so', () =>
    server.watching(async ({ user, watch }) => {
      const waiting = watch.wait()
      const failed = expect(waiting).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
      await server.dovecot.doveadm('kick', user)
      await failed
    }))
})
