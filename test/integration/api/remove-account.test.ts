import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
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
