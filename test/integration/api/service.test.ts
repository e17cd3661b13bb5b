import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, type Stores } from '../store/arrangement.ts'
import { expectProblem, TestApi, TOKEN } from './arrangement.ts'

let redis: RedisServer
let api: TestApi
beforeAll(async () => {
  redis = await startRedis()
  api = await TestApi.on(redis.url)
})
afterAll(async () => {
  await api.close()
  await redis.cleanup()
})

describe('the token', () => {
  const headers = [
    {},
    { authorization: '' },
    { authorization: TOKEN },
    { authorization: `Basic ${TOKEN}` },
    { authorization: 'Bearer ' },
    { authorization: 'Bearer wrong' },
    { authorization: `Bearer ${TOKEN}x` },
    { authorization: `Bearer ${TOKEN} x` },
    { authorization: `Bearer ${'x'.repeat(5_000)}` },
  ]
  it.each(headers)('is asked for: %o is answered with 401', async (header) => {
    const response = await api.app.inject({ url: '/v1/accounts', headers: header })
    const answer = { status: response.statusCode, headers: response.headers, body: response.json() }
    expectProblem(answer, { status: 401, code: 'UNAUTHORIZED' })
    expect(response.headers['www-authenticate']).toBe('Bearer')
    expect(response.body).not.toContain(TOKEN)
  })

  it('is asked for on every route of the contract, before anything else is looked at', async () => {
    const { paths } = (await api.get('/openapi.json')).body
    const routes = Object.entries(paths as Record<string, object>).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => [verb.toUpperCase(), path.replace(/\{\w+\}/g, 'x')] as const),
    )
    const open = new Set(['/healthz', '/readyz', '/metrics'])
    for (const [method, url] of routes) {
      if (open.has(url)) continue
      const response = await api.app.inject({ method: method as 'GET', url: `${url}?nonsense=1` })
      expect([method, url, response.statusCode]).toEqual([method, url, 401])
    }
  })
})

describe('/openapi.json', () => {
  const document = async () => (await api.get('/openapi.json')).body

  it('is valid OpenAPI 3.1', async () => {
    const spec = await document()
    expect(spec.openapi).toMatch(/^3\.1\./)
    expect(await new Validator().validate(spec)).toEqual({ valid: true })
  })

  it('lists every route there is', async () => {
    const { paths } = await document()
    const listed = Object.entries(paths as Record<string, object>).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    const contract = [
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
      'GET /v1/accounts',
      'POST /v1/accounts',
      'GET /v1/accounts/:id',
      'PATCH /v1/accounts/:id',
      'DELETE /v1/accounts/:id',
      'POST /v1/accounts/:id/learn',
      'GET /v1/decisions',
      'GET /v1/decisions/:id',
      'POST /v1/classify',
      'GET /v1/stats',
    ]
    expect(listed).toEqual(expect.arrayContaining(contract))
    for (const route of listed) {
      const [method, url = ''] = route.split(' ')
      expect([route, api.app.hasRoute({ method: method as 'GET', url })]).toEqual([route, true])
    }
  })

  it('says what each route takes, answers, and answers when it cannot', async () => {
    const { paths } = await document()
    const { get, delete: remove } = paths['/v1/accounts/{id}']
    expect(Object.keys(get.responses)).toEqual(['200', 'default'])
    expect(Object.keys(remove.responses)).toEqual(['204', 'default'])
    const problem = get.responses.default.content['application/problem+json'].schema
    expect(problem.required).toEqual(['type', 'title', 'status', 'code', 'detail'])
    expect(Object.keys(paths['/v1/classify'].post.requestBody.content)).toEqual(['message/rfc822'])
    expect(paths['/v1/accounts'].post.requestBody.content['application/json'].schema.required).toEqual(['imap'])
  })
})

describe('health', () => {
  it('is told without a token, and tells numbers only', async () => {
    const { id } = await addedTo(api.installation as unknown as Stores)
    await api.installation.decisions.record(decisionOn(id, 1, { decidedAt: Date.now() }), 30)
    const open = (url: string) => api.app.inject({ url })
    expect((await open('/healthz')).json()).toEqual({ ok: true })
    expect((await open('/readyz')).json()).toEqual({ ready: true, reasons: [] })
    const metrics = await open('/metrics')
    expect(metrics.headers['content-type']).toMatch(/^text\/plain/)
    expect(metrics.body).toMatch(/^worthwhile_accounts 1$/m)
    expect(metrics.body).toMatch(/^worthwhile_decisions_today\{verdict="noise"\} 1$/m)
    expect(metrics.body).toMatch(/^worthwhile_jobs\{state="waiting"\} 0$/m)
    expect(metrics.body).toMatch(/^worthwhile_resident_memory_bytes \d+$/m)
    expect(metrics.body).not.toMatch(/example|Offer|Bob/)
  })

  it('says why the service cannot work while Redis is away, and recovers with it', async () => {
    await redis.stop()
    expect((await api.get('/healthz')).status).toBe(200)
    const { status, body } = await api.get('/readyz')
    expect(status).toBe(503)
    expect(body).toEqual({ ready: false, reasons: [expect.stringMatching(/^Redis could not .*It is tried again\.$/)] })
    for (const url of ['/v1/accounts', '/v1/decisions', '/v1/stats', '/metrics'])
      expect(expectProblem(await api.get(url), { status: 503, code: 'STORE_UNAVAILABLE' }).detail).toContain('Redis')
    expect((await api.get('/v1/accounts')).headers['retry-after']).toBe('5')
    await redis.start()
    while ((await api.get('/readyz')).status !== 200);
    expect((await api.get('/v1/accounts')).status).toBe(200)
  })
})

describe('a request that makes no sense', () => {
  it('to a route that does not exist is a 404', async () => {
    for (const url of ['/v1/nothing', '/v2/accounts', '/v1/accounts/', '/V1/accounts', '/v1/decisions/a.1.1/x'])
      expect((await api.get(url)).status).toBe(404)
    expectProblem(await api.get('/v1/nothing?token=hidden'), { status: 404, code: 'ROUTE_NOT_FOUND' })
    expectProblem(await api.send('PUT', '/v1/accounts', {}), { status: 404, code: 'ROUTE_NOT_FOUND' })
    expect(JSON.stringify((await api.get('/v1/nothing?token=hidden')).body)).not.toContain('hidden')
  })

  it('with a parameter that nobody knows is a 400, on every route', async () => {
    const { id } = await addedTo(api.installation as unknown as Stores)
    for (const url of ['/v1/accounts', `/v1/accounts/${id}`, '/v1/decisions/a.1.1', '/v1/decisions', '/v1/stats']) {
      const problem = expectProblem(await api.get(`${url}?colour=blue`), { status: 400, code: 'INVALID_INPUT' })
      expect(problem.fields).toEqual([{ field: 'colour', problem: 'is not a known field' }])
    }
  })

  it.each([
    ['{', 'application/json'],
    ['', 'application/json'],
    ['null', 'application/json'],
    ['[]', 'application/json'],
    ['"text"', 'application/json'],
    ['{"__proto__":{"admin":true}}', 'application/json'],
  ])('with the body %s is a 400', async (body, type) => {
    const answer = await api.post('/v1/accounts', body, { 'content-type': type })
    expectProblem(answer, { status: 400, code: 'INVALID_INPUT' })
  })

  it('with a body of a kind that the route does not take is a 415', async () => {
    for (const type of ['text/xml', 'message/rfc822', 'multipart/form-data; boundary=x'])
      expectProblem(await api.post('/v1/accounts', 'x', { 'content-type': type }), {
        status: 415,
        code: 'UNSUPPORTED_MEDIA_TYPE',
      })
  })

  it('with too much of it is a 413', async () => {
    const body = { imap: { ca: 'x'.repeat(70_000) } }
    expectProblem(await api.post('/v1/accounts', body), { status: 413, code: 'TOO_LARGE' })
  })

  it.each(['%', '%E0%A4%A', '%zz'])('with the path %s, which no text can have, is a 400', async (path) => {
    expectProblem(await api.get(`/v1/accounts/${path}`), { status: 400, code: 'INVALID_INPUT' })
  })

  it.each([
    '*',
    '..%2f..%2fetc',
    '%00',
    '{a}',
    'a:account',
    '__proto__',
    'constructor',
    "'; drop",
    '%F0%9F%92%A9',
    'x'.repeat(63),
  ])('about the account %s is a 404, and erases nothing', async (id) => {
    const { id: real } = await addedTo(api.installation as unknown as Stores)
    for (const method of ['GET', 'DELETE'] as const) {
      const url = `/v1/accounts/${id}${method === 'DELETE' ? '?forget=true' : ''}`
      expectProblem(await api.send(method, url), { status: 404, code: 'ACCOUNT_NOT_FOUND' })
    }
    expect((await api.get(`/v1/accounts/${real}`)).status).toBe(200)
  })

  it('with an id longer than any is a 400', async () => {
    for (const length of [64, 5_000])
      expectProblem(await api.get(`/v1/accounts/${'x'.repeat(length)}`), { status: 400, code: 'INVALID_INPUT' })
  })
})

describe('an unexpected failure', () => {
  it('tells nothing of the inside', async () => {
    const { stats } = api.installation
    const day = stats.day
    stats.day = () => Promise.reject(new TypeError('secret detail of the inside'))
    const problem = expectProblem(await api.get('/v1/stats'), { status: 500, code: 'INTERNAL' })
    stats.day = day
    expect(JSON.stringify(problem)).not.toMatch(/secret detail|TypeError|at /)
    expect(api.log.join('')).toContain('secret detail of the inside')
  })
})
