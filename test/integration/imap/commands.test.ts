import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { answered, connectImap, inMailbox, searchUids } from '../../../src/imap/connect.ts'
import { logout } from '../../../src/imap/sessions.ts'
import { startProxy } from '../../servers/proxy.ts'
import { accountOf } from './arrangement.ts'

let dovecot: Dovecot
beforeAll(async () => {
  dovecot = await startDovecot()
})
afterAll(() => dovecot.cleanup())

const login = (port = dovecot.port) => connectImap(accountOf(dovecot, 'reader', port).imap, 'secret')

describe('a command', () => {
  it('on a frozen link is IMAP_TIMEOUT, and the connection is closed', async () => {
    const proxy = await startProxy(dovecot.port)
    const client = await login(proxy.port)
    proxy.freeze()
    await expect(answered(client, 'NOOP', client.noop(), 100)).rejects.toMatchObject({ code: 'IMAP_TIMEOUT' })
    expect(client.usable).toBe(false)
    await proxy.close()
  })

  it('that the server refuses is IMAP_REFUSED, and the connection goes on', async () => {
    const client = await login()
    const opening = answered(client, 'SELECT', client.mailboxOpen('No such mailbox'))
    await expect(opening).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
    expect(await inMailbox(client, 'INBOX', () => searchUids(client, { all: true }))).toEqual([])
    await logout(client)
  })

  it('on a connection that was reset is IMAP_CONNECTION', async () => {
    const proxy = await startProxy(dovecot.port)
    const client = await login(proxy.port)
    await client.mailboxOpen('INBOX')
    const closed = new Promise((resolve) => client.once('close', resolve))
    proxy.cut()
    await closed
    await expect(searchUids(client, { all: true })).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
    await proxy.close()
  })

  it('tells a search without a result from one that was refused', async () => {
    const client = await login()
    await expect(searchUids(client, { all: true })).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
    expect(await inMailbox(client, 'INBOX', () => searchUids(client, { all: true }))).toEqual([])
    await logout(client)
  })
})

describe('work in a mailbox', () => {
  it('waits for other work on the same connection, and never runs in the wrong mailbox', async () => {
    const client = await login()
    const selected = () => (client.mailbox ? client.mailbox.path : '')
    const look = (path: string) =>
      inMailbox(client, path, async () => {
        const before = selected()
        await client.noop()
        return [before, selected()]
      })
    const paths = ['INBOX', 'Sent', 'INBOX', 'Trash', 'Sent']
    expect(await Promise.all(paths.map(look))).toEqual(paths.map((path) => [path, path]))
    await logout(client)
  })

  it('lets the next one in after it failed', async () => {
    const client = await login()
    const failing = inMailbox(client, 'INBOX', () => Promise.reject(new Error('on purpose')))
    await expect(failing).rejects.toThrow('on purpose')
    await expect(inMailbox(client, 'None such', async () => 1)).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
    expect(await inMailbox(client, 'Sent', async () => 'in')).toBe('in')
    await logout(client)
  })
})
