import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { freePort } from '../../../src/demo/free-port.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { message } from '../../servers/message.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { decisionOn, newId } from '../store/arrangement.ts'
import { expectProblem, imapOf, TestApi } from './arrangement.ts'

let redis: RedisServer
let dovecot: Dovecot
let api: TestApi
beforeAll(async () => {
  redis = await startRedis()
  dovecot = await startDovecot({ users: { ada: 'kept-secret', bob: 'another-secret' } })
  api = await TestApi.on(redis.url)
})
afterAll(async () => {
  await api.close()
  await dovecot.cleanup()
  await redis.cleanup()
})

/** Adds the mailbox of `ada` under a new id. */
async function added(over: object = {}): Promise<string> {
  const id = newId()
  const { status } = await api.post('/v1/accounts', { id, imap: imapOf(dovecot, 'ada'), ...over })
  expect(status).toBe(201)
  return id
}

describe('GET /v1/accounts', () => {
  it('lists all accounts, and shows one', async () => {
    const id = await added()
    const { status, body } = await api.get('/v1/accounts')
    expect(status).toBe(200)
    const listed = body.items.find((each: { id: string }) => each.id === id)
    expect(listed).toEqual((await api.get(`/v1/accounts/${id}`)).body)
    expect(JSON.stringify(body)).not.toMatch(/kept-secret|another-secret|sealed|credential/)
  })

  it('tells how an account is doing', async () => {
    const id = await added()
    const shown = async () => (await api.get(`/v1/accounts/${id}`)).body
    const { status } = api.installation
    await status.set(id, { learnedPercent: 50, lastSyncAt: 1_700_000_000_000 })
    expect(await shown()).toMatchObject({
      status: 'learning',
      learnedPercent: 50,
      lastSyncAt: '2023-11-14T22:13:20.000Z',
    })
    await status.set(id, { learnedPercent: 100, authservId: 'mx.example.org', lacks: ['No Sent mailbox was found.'] })
    expect(await shown()).toMatchObject({
      status: 'watching',
      authservId: 'mx.example.org',
      lacks: ['No Sent mailbox was found.'],
    })
    await status.set(id, { problem: { code: 'IMAP_AUTH', text: 'refused' } })
    expect(await shown()).toMatchObject({ status: 'error', problem: { code: 'IMAP_AUTH', text: 'refused' } })
    await api.patch(`/v1/accounts/${id}`, { paused: true })
    expect(await shown()).toMatchObject({ status: 'paused' })
  })

  it.each(['GET', 'PATCH', 'DELETE', 'POST'] as const)(
    'answers 404 to %s of one that does not exist',
    async (method) => {
      const url = `/v1/accounts/${newId()}${method === 'POST' ? '/learn' : ''}`
      const answer = await api.send(method, url, method === 'PATCH' ? { mode: 'act' } : undefined)
      expectProblem(answer, { status: 404, code: 'ACCOUNT_NOT_FOUND' })
    },
  )
})

describe('PATCH /v1/accounts/:id', () => {
  it('changes what it names and nothing else', async () => {
    const id = await added({ mode: 'act', retentionDays: 7 })
    const { status, body } = await api.patch(`/v1/accounts/${id}`, { addresses: ['ada@example.org'] })
    expect(status).toBe(200)
    expect(body).toMatchObject({ mode: 'act', retentionDays: 7, addresses: ['ada@example.org'] })
    expect((await api.patch(`/v1/accounts/${id}`, { mode: 'observe' })).body.mode).toBe('observe')
  })

  it('logs in with a new password before it is kept', async () => {
    const id = await added()
    const wrong = await api.patch(`/v1/accounts/${id}`, { imap: { password: 'guessed-it' } })
    expectProblem(wrong, { status: 422, code: 'IMAP_AUTH' })
    expect(await api.installation.accounts.password(id)).toBe('kept-secret')
    const { status, body } = await api.patch(`/v1/accounts/${id}`, {
      imap: { user: 'bob', password: 'another-secret' },
    })
    expect(status).toBe(200)
    expect(body.imap.user).toBe('bob')
    expect(JSON.stringify(body)).not.toContain('another-secret')
    expect(await api.installation.accounts.password(id)).toBe('another-secret')
  })

  it('logs in with the password it has when only the way to the server changes', async () => {
    const id = await added()
    const { status } = await api.patch(`/v1/accounts/${id}`, {
      imap: { host: 'localhost', port: dovecot.tlsPort, security: 'tls', ca: dovecot.ca },
    })
    expect(status).toBe(200)
    expectProblem(await api.patch(`/v1/accounts/${id}`, { imap: { port: await freePort() } }), {
      status: 422,
      code: 'IMAP_CONNECTION',
    })
    expect((await api.get(`/v1/accounts/${id}`)).body.imap.port).toBe(dovecot.tlsPort)
  })

  it('counts what lies in another INBOX as there before; the same INBOX goes on where it was', async () => {
    const id = await added()
    const { accounts, positions } = api.installation
    const { start } = await accounts.get(id)
    await positions.advance(id, { uidValidity: start?.uidValidity ?? '', doneUid: 500 })
    await api.patch(`/v1/accounts/${id}`, { imap: { host: 'localhost' } })
    expect(await positions.inbox(id)).toMatchObject({ doneUid: 500 })
    for (let i = 0; i < 3; i++) await deliver(dovecot.lmtpPort, 'bob', message())
    await api.patch(`/v1/accounts/${id}`, { imap: { user: 'bob', password: 'another-secret' } })
    const moved = await accounts.get(id)
    expect(moved.start?.uidNext).toBeGreaterThan(3)
    expect(await positions.inbox(id)).toEqual({
      uidValidity: moved.start?.uidValidity,
      doneUid: (moved.start?.uidNext ?? 0) - 1,
    })
  })

  it('applies a shorter retention to what is there', async () => {
    const id = await added()
    await api.installation.decisions.record(decisionOn(id, 1, { decidedAt: Date.now() }), 30)
    expect((await api.get(`/v1/decisions/${id}.1.1`)).body.subject).toBe('Offer 1')
    await api.patch(`/v1/accounts/${id}`, { retentionDays: 0 })
    expect((await api.get(`/v1/decisions/${id}.1.1`)).body).toMatchObject({ subject: '', from: '', evidence: [] })
  })

  it.each([
    ['nothing', {}],
    ['the id', { id: 'other' }],
    ['an unknown field', { colour: 'blue' }],
    ['null', { mode: null }],
    ['text for yes or no', { paused: 'false' }],
  ])('refuses %s', async (_, change) => {
    const id = await added()
    expectProblem(await api.patch(`/v1/accounts/${id}`, change), { status: 400, code: 'INVALID_INPUT' })
  })
})
