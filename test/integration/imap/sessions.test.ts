import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { answered } from '../../../src/imap/connect.ts'
import { type ImapSession, SessionPool } from '../../../src/imap/sessions.ts'
import { startProxy, type TcpProxy } from '../../servers/proxy.ts'
import { accountOf } from './arrangement.ts'

let dovecot: Dovecot
let proxy: TcpProxy
let pool: SessionPool
/** What the pool is told when it asks for a password. */
let passwords: Record<string, string>

beforeAll(async () => {
  dovecot = await startDovecot({ users: { reader: 'first', other: 'second' } })
})
afterAll(() => dovecot.cleanup())
beforeEach(async () => {
  proxy = await startProxy(dovecot.port)
  passwords = { ...dovecot.users }
  pool = new SessionPool(async (id) => passwords[id] ?? '')
})
afterEach(async () => {
  await pool.close()
  await proxy.close()
})

const open = (user = 'reader') => pool.open(accountOf(dovecot, user, proxy.port))
const isAlive = async ({ client }: ImapSession) => {
  await answered(client, 'STATUS', client.status('INBOX', { messages: true }))
  return client.usable
}
const closed = ({ client }: ImapSession) => vi.waitFor(() => expect(client.usable).toBe(false))

describe('a pool of sessions', () => {
  it('opens one with the mailboxes found', async () => {
    const session = await open()
    expect(session.mailboxes).toMatchObject({ inbox: 'INBOX', noise: 'Worthwhile/Noise' })
    expect(await isAlive(session)).toBe(true)
  })

  it('hands out the same one again', async () => {
    expect(await open()).toBe(await open())
    expect(proxy.connections).toBe(1)
  })

  it('opens one when many ask at the same time', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, () => open()))
    expect(new Set(sessions).size).toBe(1)
    expect(proxy.connections).toBe(1)
  })

  it('opens one for each account', async () => {
    const [one, other] = [await open(), await open('other')]
    expect(one).not.toBe(other)
    expect(await open()).toBe(one)
  })

  it('opens another one after the server cut it', async () => {
    const first = await open()
    proxy.cut()
    await closed(first)
    const second = await open()
    expect(second).not.toBe(first)
    expect(await isAlive(second)).toBe(true)
  })

  it('opens one other when many ask after the server cut it', async () => {
    const first = await open()
    proxy.cut()
    await closed(first)
    const sessions = await Promise.all(Array.from({ length: 10 }, () => open()))
    expect(new Set(sessions).size).toBe(1)
    expect(proxy.connections).toBe(2)
  })

  it('opens another one after a command was not answered', async () => {
    const { client } = await open()
    proxy.freeze()
    const status = answered(client, 'STATUS', client.status('INBOX', { messages: true }), 100)
    await expect(status).rejects.toMatchObject({ code: 'IMAP_TIMEOUT' })
    proxy.thaw()
    expect(await isAlive(await open())).toBe(true)
    expect(proxy.connections).toBe(2)
  })

  it('opens another one when the server, the mailbox names or the password changed, and closes the old one', async () => {
    const account = accountOf(dovecot, 'reader', proxy.port)
    const first = await pool.open(account)
    const renamed = await pool.open({ ...account, mailboxes: { noise: ['Chaff'], later: ['Later'] } })
    expect(renamed.mailboxes.noise).toBe('Chaff')
    await closed(first)

    const moved = await pool.open({ ...account, imap: { ...account.imap, port: dovecot.port } })
    expect(moved).not.toBe(renamed)
    await closed(renamed)

    passwords.reader = 'no longer right'
    await expect(pool.open({ ...account, imap: { ...account.imap, port: dovecot.port } })).rejects.toMatchObject({
      code: 'IMAP_AUTH',
    })
    await closed(moved)
  })

  it('asks again after a failed login', async () => {
    passwords.reader = 'wrong'
    const failures = await Promise.allSettled([open(), open()])
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(failures[0]).toMatchObject({ reason: { code: 'IMAP_AUTH' } })
    passwords.reader = 'first'
    expect(await isAlive(await open())).toBe(true)
  })

  it('leaves no connection behind when the mailboxes cannot be found', async () => {
    const account = { ...accountOf(dovecot, 'reader', proxy.port), mailboxes: { noise: ['\x01'], later: ['Later'] } }
    await expect(pool.open(account)).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
    await vi.waitFor(() => expect(proxy.open).toBe(0))
  })

  it('closes all of them', async () => {
    const sessions = [await open(), await open('other')]
    await pool.close()
    expect(sessions.map(({ client }) => client.usable)).toEqual([false, false])
    await vi.waitFor(() => expect(proxy.open).toBe(0))
  })

  it('closes one that is still being opened', async () => {
    const opening = open().catch((reason: unknown) => reason)
    await vi.waitFor(() => expect(proxy.connections).toBe(1))
    await pool.close()
    await opening
    await vi.waitFor(() => expect(proxy.open).toBe(0))
  })

  it('closes one that nobody used for a while', async () => {
    const brief = new SessionPool(async (id) => passwords[id] ?? '', 100)
    const session = await brief.open(accountOf(dovecot, 'reader', proxy.port))
    await closed(session)
    expect(await isAlive(await brief.open(accountOf(dovecot, 'reader', proxy.port)))).toBe(true)
    await brief.close()
  })
})
