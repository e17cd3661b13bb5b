import { once } from 'node:events'
import net from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImapServer } from '../../../src/account.ts'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { freePort } from '../../../src/demo/free-port.ts'
import { WorthwhileError } from '../../../src/errors.ts'
import { connectImap } from '../../../src/imap/connect.ts'
import { logout } from '../../../src/imap/sessions.ts'
import { startWiretap } from './wiretap.ts'

const PASSWORD = 'correct-horse-battery'
const WRONG = 'incorrect-horse-battery'
let dovecot: Dovecot
beforeAll(async () => {
  dovecot = await startDovecot({ users: { reader: PASSWORD } })
})
afterAll(() => dovecot.cleanup())

function server(over: Partial<ImapServer> = {}): ImapServer {
  return { host: '127.0.0.1', port: dovecot.port, security: 'none', user: 'reader', ...over }
}

/** The error that a login ends in, which must never tell the password, plain or as SASL sends it. */
async function refusal(over: Partial<ImapServer>, password = PASSWORD, timeouts?: Parameters<typeof connectImap>[2]) {
  const error = await connectImap(server(over), password, timeouts).then(
    () => expect.fail('it logged in'),
    (reason: unknown) => reason,
  )
  const told = inspect(error, { depth: 20, showHidden: true })
  const sasl = Buffer.from(`\0reader\0${password}`).toString('base64')
  for (const secret of [password, sasl, Buffer.from(password).toString('base64')]) expect(told).not.toContain(secret)
  expect(error).toBeInstanceOf(WorthwhileError)
  return error as WorthwhileError
}

/** A server that greets with `greeting` and never says anything again. */
async function mute(greeting: string): Promise<{ port: number; close: () => Promise<unknown> }> {
  const sockets = new Set<net.Socket>()
  const listener = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.write(greeting)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    return once(listener.close(), 'close')
  }
  return { port: (listener.address() as net.AddressInfo).port, close }
}

describe('a login', () => {
  it.each(['tls', 'starttls'] as const)('by %s trusts the authority that the account states', async (security) => {
    const port = security === 'tls' ? dovecot.tlsPort : dovecot.port
    const client = await connectImap(server({ security, port, ca: dovecot.ca }), PASSWORD)
    expect(client.secureConnection).toBe(true)
    await logout(client)
  })

  it.each(['tls', 'starttls'] as const)('by %s refuses a certificate that nobody vouches for', async (security) => {
    const port = security === 'tls' ? dovecot.tlsPort : dovecot.port
    const error = await refusal({ security, port })
    expect(error).toMatchObject({ code: 'IMAP_TLS', status: 422 })
    expect(error.message).toContain('imap.ca')
  })

  it('refuses a certificate for another host', async () => {
    const other = await startDovecot({ certificateFor: 'mail.example.net' })
    const error = await refusal({ security: 'tls', port: other.tlsPort, ca: other.ca })
    await other.cleanup()
    expect(error.code).toBe('IMAP_TLS')
  })

  it('with a wrong password is IMAP_AUTH and tells where', async () => {
    const error = await refusal({}, WRONG)
    expect(error.code).toBe('IMAP_AUTH')
    expect(error.message).toContain(`127.0.0.1:${dovecot.port}`)
  })

  it('with a wrong user name is IMAP_AUTH', async () => {
    expect((await refusal({ user: 'nobody' })).code).toBe('IMAP_AUTH')
  })

  it('where nobody listens is IMAP_CONNECTION and tells why', async () => {
    const error = await refusal({ port: await freePort() })
    expect(error.code).toBe('IMAP_CONNECTION')
    expect(error.message).toContain('ECONNREFUSED')
  })

  it('at a host that does not exist is IMAP_CONNECTION', async () => {
    expect((await refusal({ host: 'nowhere.invalid' })).code).toBe('IMAP_CONNECTION')
  })

  it('by STARTTLS at a server that has none is IMAP_TLS, and the password is not sent', async () => {
    const tap = await startWiretap(dovecot.port, (line) => line.replace(/ STARTTLS/g, ''))
    const error = await refusal({ security: 'starttls', port: tap.port, ca: dovecot.ca })
    await tap.close()
    expect(error.code).toBe('IMAP_TLS')
    expect(tap.commands.filter((line) => /LOGIN|AUTHENTICATE/.test(line))).toEqual([])
  })

  it('by TLS at a port without TLS is IMAP_TLS', async () => {
    expect((await refusal({ security: 'tls', ca: dovecot.ca })).code).toBe('IMAP_TLS')
  })

  it('without encryption where the server demands it is IMAP_TLS, and the password is not sent', async () => {
    const tap = await startWiretap(dovecot.port, (line) =>
      line.replace('AUTH=PLAIN', 'LOGINDISABLED').replace('AUTH=LOGIN', ''),
    )
    const error = await refusal({ port: tap.port })
    await tap.close()
    expect(error.code).toBe('IMAP_TLS')
    expect(tap.commands.filter((line) => /LOGIN|AUTHENTICATE/.test(line))).toEqual([])
  })

  it.each([
    ['before the greeting', ''],
    ['after the greeting', '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n'],
  ])('at a server that falls silent %s is IMAP_CONNECTION in time', async (_, greeting) => {
    const silent = await mute(greeting)
    const error = await refusal({ port: silent.port }, PASSWORD, { connectMs: 200, loginMs: 200 })
    await silent.close()
    expect(error.code).toBe('IMAP_CONNECTION')
  })

  it('at a server that is too busy is IMAP_CONNECTION, not a wrong password', async () => {
    const busy = (line: string) => line.replace(/NO \[AUTHENTICATIONFAILED\]/, 'NO [UNAVAILABLE]')
    const tap = await startWiretap(dovecot.port, busy)
    const error = await refusal({ port: tap.port }, WRONG)
    await tap.close()
    expect(error).toMatchObject({ code: 'IMAP_CONNECTION', message: expect.stringContaining('UNAVAILABLE') })
  })

  it('that is cut off is IMAP_CONNECTION, not a wrong password', async () => {
    const tap = await startWiretap(dovecot.port, (line) => (/ AUTHENTICATE /.test(line) ? null : line))
    const error = await refusal({ port: tap.port })
    await tap.close()
    expect(error.code).toBe('IMAP_CONNECTION')
  })

  it('at a server that closes its door is IMAP_CONNECTION', async () => {
    const closed = await mute('* BYE too many connections\r\n')
    const error = await refusal({ port: closed.port })
    await closed.close()
    expect(error.code).toBe('IMAP_CONNECTION')
  })
})
