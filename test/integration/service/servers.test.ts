import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, type DovecotOptions, startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { listMailboxes, placesOf } from '../../servers/mailboxes.ts'
import { message, newMessageId } from '../../servers/message.ts'
import { startProxy } from '../../servers/proxy.ts'
import { type ServiceClient, until } from '../../service/client.ts'
import { ServiceProcesses } from '../../service/processes.ts'

let service: ServiceProcesses
let client: ServiceClient

beforeAll(async () => {
  service = await ServiceProcesses.prepare(null)
  service.start('service')
  await service.ready()
  client = service.client
})

afterAll(() => service?.cleanup())

const SERVERS: { name: string; id: string; options: DovecotOptions; noise: string; moves: boolean }[] = [
  { name: 'a server with everything', id: 'full', options: {}, noise: 'Worthwhile/Noise', moves: true },
  {
    name: 'a server without IDLE',
    id: 'noidle',
    options: { profile: 'noIdle' },
    noise: 'Worthwhile/Noise',
    moves: true,
  },
  {
    name: 'a server without MOVE',
    id: 'nomove',
    options: { profile: 'noMove' },
    noise: 'Worthwhile/Noise',
    moves: true,
  },
  {
    name: 'a server without UIDPLUS',
    id: 'nouidplus',
    options: { profile: 'noUidplus' },
    noise: 'Worthwhile/Noise',
    moves: true,
  },
  {
    name: 'a server with neither MOVE nor UIDPLUS',
    id: 'neither',
    options: { profile: 'neither' },
    noise: 'Worthwhile/Noise',
    moves: false,
  },
  {
    name: 'separator . and prefix INBOX.',
    id: 'dots',
    options: { separator: '.', prefix: 'INBOX.' },
    noise: 'INBOX.Worthwhile.Noise',
    moves: true,
  },
]

describe.each(SERVERS)('$name', ({ id, options, noise, moves }) => {
  let dovecot: Dovecot

  beforeAll(async () => {
    dovecot = await startDovecot({ ...options, users: { [id]: 'secret' } })
  })
  afterAll(() => dovecot?.cleanup())

  it('noise leaves INBOX when it can do so safely, else it stays and the decision says why', async () => {
    await client.protect(dovecot, id)
    const messageId = newMessageId()
    await deliver(dovecot.lmtpPort, id, message({ messageId }))
    const [decision] = await client.settled(id, 1)
    expect(await placesOf(dovecot, id, messageId)).toEqual([moves ? noise : 'INBOX'])
    expect(decision).toMatchObject({ verdict: 'noise', moved: moves, mailbox: moves ? noise : 'INBOX' })
    if (!moves) expect(decision?.problem?.code).toBe('MOVE_UNSUPPORTED')
    expect(Object.keys(await listMailboxes(dovecot, id))).toContain(noise)
  })

  it('a server that restarts is found again, and what came meanwhile is judged', async () => {
    await dovecot.restart()
    const messageId = newMessageId()
    await deliver(dovecot.lmtpPort, id, message({ messageId }))
    await client.settled(id, 2)
    expect(await placesOf(dovecot, id, messageId)).toEqual([moves ? noise : 'INBOX'])
  })
})

describe('ways to a server', () => {
  let dovecot: Dovecot

  beforeAll(async () => {
    dovecot = await startDovecot({
      users: { tls: 'secret', starttls: 'secret', frozen: 'secret', renumbered: 'secret' },
    })
  })
  afterAll(() => dovecot?.cleanup())

  const imap = (user: string, over: Record<string, unknown>) => ({
    host: dovecot.host,
    port: dovecot.port,
    user,
    password: 'secret',
    ca: dovecot.ca,
    ...over,
  })

  it.each(['tls', 'starttls'] as const)('%s with a private authority', async (security) => {
    const port = security === 'tls' ? dovecot.tlsPort : dovecot.port
    await client.protect(dovecot, security, { imap: imap(security, { security, port }) })
    await deliver(dovecot.lmtpPort, security, message())
    expect(await client.settled(security, 1)).toMatchObject([{ moved: true }])
  })

  it('an untrusted certificate, a wrong password and nobody there are told apart, and nothing is stored', async () => {
    const add = (over: Record<string, unknown>) =>
      client.request('POST', '/v1/accounts', {
        id: 'nobody',
        imap: imap('tls', { security: 'tls', port: dovecot.tlsPort, ...over }),
      })
    expect(await add({ ca: undefined })).toMatchObject({ status: 422, body: { code: 'IMAP_TLS' } })
    expect(await add({ password: 'wrong' })).toMatchObject({ status: 422, body: { code: 'IMAP_AUTH' } })
    expect(await add({ port: 1 })).toMatchObject({ status: 422, body: { code: 'IMAP_CONNECTION' } })
    expect((await client.request('GET', '/v1/accounts/nobody')).status).toBe(404)
  })

  it('a link that freezes silently is noticed within 90 s, and mail that came meanwhile is judged', async () => {
    const proxy = await startProxy(dovecot.port)
    await client.protect(dovecot, 'frozen', { imap: imap('frozen', { security: 'none', port: proxy.port }) })
    proxy.freeze()
    await deliver(dovecot.lmtpPort, 'frozen', message())
    const before = proxy.connections
    await until(
      'the service gives the frozen link up and connects anew',
      async () => proxy.connections > before || undefined,
      90_000,
    )
    proxy.thaw()
    await client.settled('frozen', 1)
    await proxy.close()
  }, 150_000)

  it('a new UIDVALIDITY: nothing is judged or moved twice, and new mail is judged', async () => {
    await client.protect(dovecot, 'renumbered', { mode: 'observe' })
    for (let i = 0; i < 3; i++) await deliver(dovecot.lmtpPort, 'renumbered', message())
    const before = await client.settled('renumbered', 3)
    await dovecot.doveadm('mailbox', 'update', '-u', 'renumbered', '--uid-validity', '4000000000', 'INBOX')
    await dovecot.doveadm('kick', 'renumbered')
    await deliver(dovecot.lmtpPort, 'renumbered', message())
    const after = await client.settled('renumbered', 4)
    expect(after.slice(1).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    expect(await client.decisions('renumbered')).toHaveLength(4)
  })
})
