import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { message } from '../../servers/message.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, everything, type Stores } from '../store/arrangement.ts'
import { expectProblem, TestApi } from './arrangement.ts'

let redis: RedisServer
let api: TestApi
beforeAll(async () => {
  redis = await startRedis()
  api = await TestApi.on(redis.url)
})
beforeEach(() => api.installation.redis.flushall())
afterAll(async () => {
  await api.close()
  await redis.cleanup()
})

const mail = { 'content-type': 'message/rfc822' }
const classify = (body: string, query = '') => api.post(`/v1/classify${query}`, body, mail)

describe('POST /v1/classify', () => {
  it('tells the decision that a message would get, with its evidence', async () => {
    const raw = message({
      from: 'Ada Stranger <ada@example.org>',
      subject: 'Harbour works',
      messageId: '<1@example.org>',
    })
    const { status, body } = await classify(raw)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      messageId: '1@example.org',
      from: 'Ada Stranger <ada@example.org>',
      subject: 'Harbour works',
      verdict: expect.stringMatching(/^(valuable|unsure|noise)$/),
    })
    expect(body.probability).toBeGreaterThanOrEqual(0)
    expect(body.probability).toBeLessThanOrEqual(1)
    expect(body.evidence.length).toBeGreaterThan(0)
    for (const { name, weight, words, text } of body.evidence)
      expect([typeof name, typeof weight, Array.isArray(words), typeof text]).toEqual([
        'string',
        'number',
        true,
        'string',
      ])
  })

  it('says the same every time, stores nothing and moves nothing', async () => {
    await addedTo(api.installation as unknown as Stores)
    const raw = message()
    const before = await everything(api.installation.redis)
    const first = (await classify(raw)).body
    expect((await classify(raw)).body).toEqual(first)
    expect(await everything(api.installation.redis)).toEqual(before)
  })

  it('without an account knows nothing of the reader, so a pitch is noise', async () => {
    const pitch = message({
      from: 'Joe Closer <joe@leads.example>',
      subject: 'Quick question',
      text: 'We are the leading provider of lead generation for teams like yours. Do you have 15 minutes for a demo this week?',
    })
    const { body } = await classify(pitch)
    expect(body.verdict).toBe('noise')
    expect(body.evidence.map(({ name }: { name: string }) => name)).not.toContain('never-bury')
  })

  it('judges for the named account, and 404 for one that does not exist', async () => {
    const { id } = await addedTo(api.installation as unknown as Stores)
    expect((await classify(message(), `?account=${id}`)).status).toBe(200)
    expectProblem(await classify(message(), '?account=nobody'), { status: 404, code: 'ACCOUNT_NOT_FOUND' })
    expectProblem(await classify(message(), '?account=No%20Body'), { status: 400, code: 'INVALID_INPUT' })
  })

  it('takes any bytes: what is no mail is judged as far as it can be read', async () => {
    for (const odd of [
      'x',
      '\0\0\0',
      'Subject only',
      '\r\n\r\n',
      'From: \xff\xfe\r\n\r\n\xff',
      'a: b\r\n'.repeat(5_000),
    ])
      expect((await classify(odd)).body.verdict).toMatch(/^(valuable|unsure|noise)$/)
  })

  it('takes a message of 2 MB, and none larger', async () => {
    const filled = (bytes: number) => message({ text: 'word '.repeat(bytes / 5) })
    expect((await classify(filled(2_000_000))).status).toBe(200)
    expectProblem(await classify(filled(2_200_000)), { status: 413, code: 'TOO_LARGE' })
  })

  it('wants the message itself', async () => {
    expectProblem(await classify(''), { status: 400, code: 'INVALID_INPUT' })
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'message/rfc822x']) {
      const answer = await api.post('/v1/classify', '{}', { 'content-type': type })
      expectProblem(answer, { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
    }
  })

  it('leaves nothing of the message in the log', async () => {
    await classify(message({ from: 'Zora Zebra <zora@zebra.example>', subject: 'Zanzibar', text: 'Zeppelin' }))
    expect(api.log.join('')).not.toMatch(/zora|zebra|zanzibar|zeppelin/i)
  })
})
