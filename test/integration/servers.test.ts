import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ImapFlow } from 'imapflow'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type capabilityProfiles, type Dovecot, type DovecotOptions, startDovecot } from '../../src/demo/dovecot.ts'
import { deliver, LmtpClient } from '../../src/demo/lmtp.ts'
import { dropFile } from '../servers/file-drop.ts'
import { asReader, connectAs, listMailboxes, placesOf } from '../servers/mailboxes.ts'
import { message, newMessageId } from '../servers/message.ts'
import { startProxy } from '../servers/proxy.ts'
import { startRedis } from '../servers/redis.ts'

/** Starts a Dovecot for one test and removes it after it. */
async function withDovecot(options: DovecotOptions, act: (dovecot: Dovecot) => Promise<void>): Promise<void> {
  const dovecot = await startDovecot(options)
  try {
    await act(dovecot)
  } finally {
    await dovecot.cleanup()
  }
}

function client(options: { port: number; secure?: boolean; ca?: string; pass?: string; startTls?: boolean }): ImapFlow {
  const { port, secure = false, ca, pass = 'secret', startTls = false } = options
  const tls = ca === undefined ? {} : { ca }
  const auth = { user: 'reader', pass }
  const made = new ImapFlow({ host: '127.0.0.1', port, secure, doSTARTTLS: startTls, auth, tls, logger: false })
  made.on('error', () => {})
  return made
}

describe('a private Dovecot', () => {
  let dovecot: Dovecot
  beforeAll(async () => {
    dovecot = await startDovecot({ users: { reader: 'secret', second: 'other' } })
  })
  afterAll(() => dovecot.cleanup())

  it('takes mail by LMTP, by file drop and by APPEND', async () => {
    const ids = [newMessageId(), newMessageId(), newMessageId()] as const
    await deliver(dovecot.lmtpPort, 'second', message({ messageId: ids[0] }))
    await dropFile(dovecot, 'second', message({ messageId: ids[1] }))
    await asReader(dovecot, 'second', (imap) => imap.append('INBOX', message({ messageId: ids[2] }), ['\\Seen']))
    const { INBOX = [] } = await listMailboxes(dovecot, 'second')
    expect(INBOX.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort())
    expect(INBOX.filter(({ flags }) => flags.includes('\\Seen')).map(({ messageId }) => messageId)).toEqual([ids[2]])
  })

  it('has the mailboxes with a special use from the start', async () => {
    const mailboxes = await asReader(dovecot, 'reader', (imap) => imap.list())
    const uses = Object.fromEntries(mailboxes.map(({ path, specialUse }) => [path, specialUse]))
    expect(uses).toMatchObject({
      Sent: '\\Sent',
      Drafts: '\\Drafts',
      Trash: '\\Trash',
      Junk: '\\Junk',
      Archive: '\\Archive',
    })
  })

  it('offers TLS and STARTTLS with a certificate of its own authority', async () => {
    for (const over of [
      { port: dovecot.tlsPort, secure: true },
      { port: dovecot.port, startTls: true },
    ]) {
      const imap = client({ ...over, ca: dovecot.ca })
      await imap.connect()
      expect(imap.secureConnection).toBe(true)
      await imap.logout()
    }
  })

  it('is refused by a client that does not know the authority', async () => {
    await expect(client({ port: dovecot.tlsPort, secure: true }).connect()).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
  })

  it('refuses a wrong password without a delay', async () => {
    const start = performance.now()
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(client({ port: dovecot.port, pass: 'wrong' }).connect()).rejects.toMatchObject({
        serverResponseCode: 'AUTHENTICATIONFAILED',
      })
    }
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('refuses mail for somebody it does not know', async () => {
    await expect(deliver(dovecot.lmtpPort, 'nobody', message())).rejects.toThrow('550')
  })

  it('delivers byte for byte, dots and 8-bit headers included', async () => {
    const raw = Buffer.from('From: J\xf6rg <j@example.org>\r\nSubject: dots\r\n\r\n.\r\n..two\r\nend\r\n', 'latin1')
    const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
    await lmtp.deliver('reader', raw)
    await lmtp.close()
    const source = await asReader(dovecot, 'reader', async (imap) => {
      await imap.mailboxOpen('INBOX')
      return (await imap.fetchOne('*', { source: true })) as { source: Buffer }
    })
    expect(source.source.toString('latin1')).toContain(raw.toString('latin1'))
  })
})

describe('a private Dovecot that is ended', () => {
  it('comes back on the same ports with the same mail after kill and after stop', () =>
    withDovecot({ format: 'sdbox' }, async (dovecot) => {
      const messageId = newMessageId()
      await deliver(dovecot.lmtpPort, 'reader', message({ messageId }))
      await dovecot.kill()
      await dovecot.start()
      await dovecot.restart()
      expect(await placesOf(dovecot, 'reader', messageId)).toEqual(['INBOX'])
    }))

  it('cuts an idling session when it is killed', () =>
    withDovecot({}, async (dovecot) => {
      const imap = await connectAs(dovecot, 'reader')
      await imap.mailboxOpen('INBOX')
      const closed = new Promise((resolve) => imap.once('close', () => resolve('closed')))
      void imap.idle()
      await dovecot.kill()
      expect(await closed).toBe('closed')
    }))

  it('says why when it cannot start, and leaves no file behind', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'worthwhile-test-'))
    vi.stubEnv('TMPDIR', folder)
    await expect(startDovecot({ extra: 'no_such_setting = yes' })).rejects.toThrow('no_such_setting')
    vi.unstubAllEnvs()
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
  })

  it('leaves no process and no file behind', async () => {
    const dovecot = await startDovecot()
    await connectAs(dovecot, 'reader')
    await dovecot.cleanup()
    const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args='])
    expect(stdout).not.toContain(dovecot.dir)
    await expect(dovecot.log()).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('capability profiles', () => {
  const hidden = { full: [], noIdle: ['IDLE'], noMove: ['MOVE'], noUidplus: ['UIDPLUS'], neither: ['MOVE', 'UIDPLUS'] }
  it.each(Object.keys(hidden) as (keyof typeof capabilityProfiles)[])('%s', (profile) =>
    withDovecot({ profile }, async (dovecot) => {
      const capabilities = await asReader(dovecot, 'reader', async (imap) => [...imap.capabilities.keys()])
      const missing = ['IDLE', 'MOVE', 'UIDPLUS'].filter((name) => !capabilities.includes(name))
      expect(missing).toEqual(hidden[profile])
      expect(capabilities).toContain('SPECIAL-USE')
      expect(capabilities).not.toContain('COMPRESS=DEFLATE')
    }),
  )

  it('separator and prefix as asked for', () =>
    withDovecot({ separator: '.', prefix: 'INBOX.' }, async (dovecot) => {
      await asReader(dovecot, 'reader', (imap) => imap.mailboxCreate(['Worthwhile', 'Noise']))
      expect(Object.keys(await listMailboxes(dovecot, 'reader'))).toContain('INBOX.Worthwhile.Noise')
    }))
})

describe('a private Redis', () => {
  it('keeps its data over a kill, and loses them when asked to', async () => {
    const server = await startRedis()
    const redis = new Redis(server.url)
    redis.on('error', () => {})
    await redis.set('kept', 'yes')
    await redis.config('SET', 'appendfsync', 'always')
    await redis.set('flushed', 'yes')
    await server.restart()
    expect(await redis.get('kept')).toBe('yes')
    await server.restartEmpty()
    expect(await redis.get('kept')).toBeNull()
    expect((await redis.config('GET', 'maxmemory-policy')) as string[]).toContain('noeviction')
    redis.disconnect()
    await server.cleanup()
  })

  it('answers nothing while paused', async () => {
    const server = await startRedis({ aof: false, password: 'hidden' })
    const redis = new Redis(server.url, { commandTimeout: 100 })
    await redis.ping()
    server.pause()
    await expect(redis.ping()).rejects.toThrow('timed out')
    server.resume()
    expect(await redis.ping()).toBe('PONG')
    redis.disconnect()
    await server.cleanup()
  })
})

describe('the proxy', () => {
  it('counts, delays, cuts and refuses', async () => {
    const server = await startRedis({ aof: false })
    const proxy = await startProxy(server.port)
    const redis = new Redis({ port: proxy.port, host: '127.0.0.1', retryStrategy: () => null })
    redis.on('error', () => {})
    await redis.ping()
    expect(proxy).toMatchObject({ connections: 1, open: 1 })
    expect(proxy.bytes.toClient).toBeGreaterThan(0)

    proxy.delayMs = 50
    const start = performance.now()
    await redis.ping()
    expect(performance.now() - start).toBeGreaterThan(95)
    proxy.delayMs = 0

    const closed = new Promise((resolve) => redis.once('end', () => resolve('ended')))
    proxy.cut()
    expect(await closed).toBe('ended')
    proxy.refusing = true
    await expect(redis.connect()).rejects.toThrow('Connection is closed')
    await proxy.close()
    await server.cleanup()
  })

  it('freezes and thaws', async () => {
    const server = await startRedis({ aof: false })
    const proxy = await startProxy(server.port)
    const redis = new Redis({ port: proxy.port, host: '127.0.0.1', commandTimeout: 100 })
    await redis.ping()
    proxy.freeze()
    await expect(redis.ping()).rejects.toThrow('timed out')
    proxy.thaw()
    expect(await redis.ping()).toBe('PONG')
    redis.disconnect()
    await proxy.close()
    await server.cleanup()
  })
})
