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

describe('DELETE /v1/accounts/:id', () => {
  const filled = async () => {
    const id = await added()
    await api.installation.counts.add(id, new Map([['contact carol@example.org', 1]]))
    await api.installation.decisions.record(decisionOn(id, 1), 30)
    return id
  }
  const keysOf = (id: string) => api.installation.redis.keys(`ww:{${id}}:*`)

  it('ends the protection and keeps what was learned and decided', async () => {
    const id = await filled()
    expect((await api.delete(`/v1/accounts/${id}`)).status).toBe(204)
    expectProblem(await api.get(`/v1/accounts/${id}`), { status: 404, code: 'ACCOUNT_NOT_FOUND' })
    expect((await api.get(`/v1/decisions/${id}.1.1`)).status).toBe(200)
    expect((await keysOf(id)).some((name) => name.includes('credential'))).toBe(false)
    expect((await api.post('/v1/accounts', { id, imap: imapOf(dovecot, 'ada') })).status).toBe(201)
  })

  it('erases everything with ?forget=true', async () => {
    const id = await filled()
    const other = await filled()
    const before = await keysOf(other)
    expect((await api.delete(`/v1/accounts/${id}?forget=true`)).status).toBe(204)
    expect(await keysOf(id)).toEqual([])
    expect(await keysOf(other)).toEqual(before)
    expectProblem(await api.get(`/v1/decisions/${id}.1.1`), { status: 404, code: 'DECISION_NOT_FOUND' })
  })

  it('does not forget on a word that it does not know', async () => {
    const id = await filled()
    for (const query of ['forget=yes', 'froget=true', 'forget='])
      expectProblem(await api.delete(`/v1/accounts/${id}?${query}`), { status: 400, code: 'INVALID_INPUT' })
    expect((await api.get(`/v1/accounts/${id}`)).status).toBe(200)
    expect((await api.delete(`/v1/accounts/${id}?forget=false`)).status).toBe(204)
    expect(await keysOf(id)).not.toEqual([])
  })
})

describe('POST /v1/accounts/:id/learn', () => {
  it('forgets what old mail taught and has it read again', async () => {
    const id = await added()
    const { learning, counts, status, queues } = api.installation
    await learning.advance(id, 'sent', new Map([['contact x', 1]]), { uidValidity: '1', low: 1, high: 9, read: 9 }, 0)
    await status.set(id, { learnedPercent: 100 })
    const answer = await api.post(`/v1/accounts/${id}/learn`)
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({ id, status: 'learning', learnedPercent: 0 })
    expect(await counts.read(id, ['contact x'])).toEqual(new Map())
    expect(await learning.progress(id, 'sent')).toBeNull()
    expect(await api.installation.redis.exists(`{ww}:learning:learn-${id}`)).toBe(1)
    expect(await queues.counts()).toMatchObject({ waiting: 0 })
  })
})

describe('what is logged', () => {
  it('holds no password, address, subject or token, whatever was asked', async () => {
    const id = await added({ addresses: ['hidden-reader@example.org'] })
    await api.post('/v1/accounts', { imap: { ...imapOf(dovecot, 'ada'), password: 'guessed-it' } })
    await api.installation.decisions.record(decisionOn(id, 1), 30)
    await api.get(`/v1/decisions?q=Offer&sender=bob@example.org`)
    // The store fails in the middle of a write that carries all of it.
    await api.installation.redis.config('SET', 'maxmemory', '1')
    const writes = [
      api.installation.decisions.record(decisionOn(id, 2), 30),
      api.patch(`/v1/accounts/${id}`, { addresses: ['hidden-reader@example.org'] }),
      api.post('/v1/accounts', { id: newId(), imap: imapOf(dovecot, 'ada') }),
    ]
    const results = await Promise.allSettled(writes)
    await api.installation.redis.config('SET', 'maxmemory', '0')
    for (const result of results)
      if (result.status === 'rejected') api.installation.logger.error({ err: result.reason }, 'as a worker logs it')
    expect(results[0]?.status).toBe('rejected')
    const log = api.log.join('')
    expect(log).toContain('OOM')
    for (const secret of [
      'kept-secret',
      'guessed-it',
      'Offer',
      'bob@example.org',
      'Seller',
      'hidden-reader',
      'administrator',
    ])
      expect(log).not.toContain(secret)
  })
})
