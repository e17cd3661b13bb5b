import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { freePort } from '../../../src/demo/free-port.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { message } from '../../servers/message.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { newId } from '../store/arrangement.ts'
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

describe('POST /v1/accounts', () => {
  it('logs in, and answers 201 with the account but without its password', async () => {
    const id = newId()
    const { status, body } = await api.post('/v1/accounts', { id, imap: imapOf(dovecot, 'ada') })
    expect(status).toBe(201)
    const { password: _, ...imap } = imapOf(dovecot, 'ada')
    expect(body).toEqual({
      id,
      imap,
      mode: 'observe',
      addresses: [],
      mailboxes: { noise: 'Worthwhile/Noise', later: 'Worthwhile/Later' },
      authservId: null,
      retentionDays: 30,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      status: 'learning',
      learnedPercent: 0,
      learned: { valuable: 0, noise: 0 },
      lacks: [],
      lastMailAt: null,
      lastSyncAt: null,
    })
    expect(await api.installation.accounts.password(id)).toBe('kept-secret')
  })

  it('notes where INBOX stood, so that older mail is never judged', async () => {
    await deliver(dovecot.lmtpPort, 'ada', message())
    const { start } = await api.installation.accounts.get(await added())
    expect(start?.uidNext).toBeGreaterThan(1)
    expect(start?.uidValidity).toMatch(/^\d+$/)
  })

  it('takes everything that the contract names', async () => {
    const id = await added({
      mode: 'act',
      addresses: ['Ada@Example.org'],
      mailboxes: { noise: 'Quiet/Noise', later: ['Quiet', 'Later'] },
      authservId: 'mx.example.org',
      retentionDays: 0,
    })
    expect((await api.get(`/v1/accounts/${id}`)).body).toMatchObject({
      mode: 'act',
      addresses: ['ada@example.org'],
      mailboxes: { noise: 'Quiet/Noise', later: 'Quiet/Later' },
      authservId: 'mx.example.org',
      retentionDays: 0,
    })
  })

  it('makes an id of the login name', async () => {
    expect((await api.post('/v1/accounts', { imap: imapOf(dovecot, 'bob') })).body.id).toBe('bob')
    expectProblem(await api.post('/v1/accounts', { imap: imapOf(dovecot, 'bob') }), {
      status: 409,
      code: 'ACCOUNT_EXISTS',
    })
  })

  it('is refused for an id that is taken, without touching what is there', async () => {
    const id = await added()
    const before = await api.installation.accounts.get(id)
    const again = { id, imap: imapOf(dovecot, 'bob'), mode: 'act' }
    expectProblem(await api.post('/v1/accounts', again), { status: 409, code: 'ACCOUNT_EXISTS' })
    expect(await api.installation.accounts.get(id)).toEqual(before)
    expect(await api.installation.accounts.password(id)).toBe('kept-secret')
  })

  it('adds one of two that come at once', async () => {
    const id = newId()
    const body = { id, imap: imapOf(dovecot, 'ada') }
    const answers = await Promise.all([api.post('/v1/accounts', body), api.post('/v1/accounts', body)])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
  })

  it('takes TLS and STARTTLS with a private authority', async () => {
    const { tlsPort, port, ca } = dovecot
    await added({ imap: { ...imapOf(dovecot, 'ada'), host: 'localhost', port: tlsPort, security: 'tls', ca } })
    await added({ imap: { ...imapOf(dovecot, 'ada'), host: 'localhost', port, security: 'starttls', ca } })
  })

  describe('that cannot log in keeps nothing, and says why with 422', () => {
    const refused = async (imap: object, code: string) => {
      const id = newId()
      const problem = expectProblem(
        await api.post('/v1/accounts', { id, imap: { ...imapOf(dovecot, 'ada'), ...imap } }),
        {
          status: 422,
          code,
        },
      )
      expect(await api.installation.accounts.find(id)).toBeNull()
      expect(await api.installation.redis.keys(`ww:{${id}}:*`)).toEqual([])
      expect(JSON.stringify(problem)).not.toMatch(/kept-secret|guessed-it/)
      return problem.detail
    }

    it('IMAP_AUTH for a wrong password or user', async () => {
      expect(await refused({ password: 'guessed-it' }, 'IMAP_AUTH')).toContain('refused the user name or password')
      await refused({ user: 'nobody' }, 'IMAP_AUTH')
    })

    it('IMAP_CONNECTION where nobody listens, and for a host that does not exist', async () => {
      expect(await refused({ port: await freePort() }, 'IMAP_CONNECTION')).toContain('ECONNREFUSED')
      await refused({ host: 'mail.invalid' }, 'IMAP_CONNECTION')
    })

    it('IMAP_TLS for a certificate that nobody known vouches for', async () => {
      expect(await refused({ port: dovecot.tlsPort, security: 'tls' }, 'IMAP_TLS')).toContain('imap.ca')
      await refused({ security: 'starttls' }, 'IMAP_TLS')
    })
  })

  it('names every field that is missing, unknown or wrong with 400', async () => {
    const body = {
      id: 'Not An Id',
      imap: { host: '', port: 'imap', security: 'ssl', user: 'ada', pasword: 'kept-secret' },
      mode: 'delete',
      addresses: ['nobody'],
      mailboxes: { noise: [] },
      retentionDays: -1,
      colour: 'blue',
    }
    const problem = expectProblem(await api.post('/v1/accounts', body), { status: 400, code: 'INVALID_INPUT' })
    const problems = Object.fromEntries(
      problem.fields.map((each: { field: string; problem: string }) => [each.field, each.problem]),
    )
    expect(problems).toEqual({
      id: 'must be 1 to 63 lower-case letters, digits, _ and -, the first a letter or digit',
      'imap.host': 'must NOT have fewer than 1 characters',
      'imap.port': 'must be integer',
      'imap.security': 'must be one of tls, starttls, none',
      'imap.password': 'is missing',
      'imap.pasword': 'is not a known field',
      mode: 'must be one of observe, act',
      'addresses.0': 'must be an address like ada@example.org',
      'mailboxes.noise': 'must be a list of names, one a level, or one text with / between levels, without * and %',
      retentionDays: 'must be >= 0',
      colour: 'is not a known field',
    })
    expect(problem.detail).toContain('imap.password is missing')
    expect(JSON.stringify(problem)).not.toContain('kept-secret')
  })

  it('takes no value of another type for what it is not', async () => {
    const imap = imapOf(dovecot, 'ada')
    for (const over of [
      { imap: { ...imap, port: String(imap.port) } },
      { retentionDays: null },
      { addresses: 'ada@example.org' },
    ])
      expectProblem(await api.post('/v1/accounts', { imap, ...over }), { status: 400, code: 'INVALID_INPUT' })
  })

  it('refuses INBOX as the place for noise', async () => {
    const answer = await api.post('/v1/accounts', { imap: imapOf(dovecot, 'ada'), mailboxes: { noise: 'INBOX' } })
    expect(expectProblem(answer, { status: 400, code: 'INVALID_INPUT' }).detail).toContain('other mailboxes than INBOX')
  })
})
