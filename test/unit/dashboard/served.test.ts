import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendProblem } from '../../../src/api/problem.ts'
import { dashboardRoutes } from '../../../src/api/routes/dashboard.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

describe('the page as it is served', () => {
  let app: FastifyInstance
  let html: string
  let assets: string[]

  beforeAll(async () => {
    app = Fastify()
    app.setErrorHandler(sendProblem)
    await app.register(dashboardRoutes())
    html = (await app.inject('/')).body
    assets = [...html.matchAll(/\/assets\/[\w.-]+/g)].map(([name]) => name)
  })

  afterAll(() => app?.close())

  it('may run and ask for nothing but itself', async () => {
    const { headers, statusCode } = await app.inject('/')
    expect(statusCode).toBe(200)
    const policy = String(headers['content-security-policy']).split('; ')
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]),
    )
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    expect(html).not.toMatch(/(?:src|href)="https?:|<style|style="|<script(?! type="module" src=)/)
  })

  it('is asked for again, its parts never, and neither is sent twice', async () => {
    expect(assets).toHaveLength(2)
    const page = await app.inject('/')
    expect(page.headers['cache-control']).toBe('no-cache')
    expect((await app.inject({ url: '/', headers: { 'if-none-match': String(page.headers.etag) } })).statusCode).toBe(
      304,
    )
    for (const url of assets) expect((await app.inject(url)).headers['cache-control']).toContain('immutable')
  })

  it('is compressed for those who can read it', async () => {
    const { headers, rawPayload } = await app.inject({
      url: assets[0] ?? '',
      headers: { 'accept-encoding': 'gzip, br' },
    })
    expect(headers['content-encoding']).toBe('gzip')
    expect(rawPayload.subarray(0, 2).toString('hex')).toBe('1f8b')
  })

  it('weighs less than 40 kB at first sight', async () => {
    const bodies = await Promise.all(['/', ...assets].map(async (url) => (await app.inject(url)).rawPayload))
    expect(bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0)).toBeLessThan(40_000)
  })

  it('has no other files', async () => {
    for (const url of ['/assets/', '/assets/../index.html', '/assets/%2e%2e%2findex.html', '/assets/none.js'])
      expect((await app.inject(url)).statusCode).toBe(404)
  })

  it('says so when it was not built', async () => {
    const bare = Fastify()
    bare.setErrorHandler(sendProblem)
    await bare.register(dashboardRoutes(new URL('nowhere/', import.meta.url)))
    const answer = await bare.inject('/')
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ detail: expect.stringContaining('npm run build') })
    await bare.close()
  })
})

it('type-checks: the page has a browser’s types, not those of Node.js', () => {
  const check = () =>
    execFileSync('node', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'src/dashboard/page'], { cwd: root })
  expect(check).not.toThrow()
})
