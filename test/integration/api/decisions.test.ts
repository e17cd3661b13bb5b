import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/decision.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, NOON, newId, type Stores } from '../store/arrangement.ts'
import { expectProblem, TestApi } from './arrangement.ts'

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

/** A new account with these decisions on its messages 1, 2, ...; its id. */
async function accountWithDecisions(...overs: Partial<Decision>[]): Promise<string> {
  const { id } = await addedTo(api.installation as unknown as Stores)
  for (const [i, over] of overs.entries()) await api.installation.decisions.record(decisionOn(id, i + 1, over), 30)
  return id
}

const uidsOf = (body: { items: { id: string }[] }) => body.items.map(({ id }) => Number(id.split('.').at(-1)))
const from = (name: string, subject = 'Hello') => ({
  quotes: { messageId: null, from: `${name} <${name.toLowerCase()}@example.org>`, subject, evidence: [] },
})

describe('GET /v1/decisions/:id', () => {
  it('shows a decision with its evidence', async () => {
    const id = await accountWithDecisions({})
    const decision = decisionOn(id, 1)
    const outcome = { mailbox: 'Worthwhile/Noise', placeUid: 3, moved: true, settledAt: decision.announcedAt + 17 }
    await api.installation.decisions.settle(decision, outcome)
    const { status, body } = await api.get(`/v1/decisions/${decision.id}`)
    expect(status).toBe(200)
    expect(body).toEqual({
      id: decision.id,
      account: id,
      messageId: '1@example.org',
      from: 'Bob Seller <bob@example.org>',
      subject: 'Offer 1',
      receivedAt: new Date(decision.receivedAt).toISOString(),
      decidedAt: new Date(decision.decidedAt).toISOString(),
      verdict: 'noise',
      probability: 0.02,
      evidence: [{ name: 'fake-reply', weight: -2.5, words: ['Re:'], text: 'It pretends to be a reply.' }],
      mailbox: 'Worthwhile/Noise',
      moved: true,
      latencyMs: 17,
    })
  })

  it.each(['nothing', 'a.1', '*.1.1', 'x'.repeat(100), '%00', '%2e%2e%2f', '__proto__', 'a.1.1%0a'])(
    'answers 404 to %s',
    async (id) => {
      const { status, body } = await api.get(`/v1/decisions/${id}`)
      expect([status, body.code]).toEqual([404, expect.stringMatching(/^(DECISION|ROUTE)_NOT_FOUND$/)])
    },
  )
})

describe('GET /v1/decisions', () => {
  it('lists the newest first, of all accounts or of one', async () => {
    const [one, two] = [await accountWithDecisions({}, {}, {}), await accountWithDecisions({})]
    expect(uidsOf((await api.get(`/v1/decisions?account=${one}`)).body)).toEqual([3, 2, 1])
    const { body } = await api.get('/v1/decisions?limit=500')
    const own = body.items.filter(({ account }: Decision) => [one, two].includes(account))
    expect(own.map(({ decidedAt }: { decidedAt: string }) => decidedAt)).toEqual(
      own
        .map(({ decidedAt }: { decidedAt: string }) => decidedAt)
        .sort()
        .reverse(),
    )
    expect(own).toHaveLength(4)
  })

  it('shows nothing of an account without decisions, and 404 of one that does not exist', async () => {
    expect((await api.get(`/v1/decisions?account=${await accountWithDecisions()}`)).body).toEqual({ items: [] })
    const unknown = await api.get(`/v1/decisions?account=${newId()}`)
    expectProblem(unknown, { status: 404, code: 'ACCOUNT_NOT_FOUND' })
  })

  it('filters by verdict, sender and words of sender or subject', async () => {
    const account = await accountWithDecisions(
      { verdict: 'valuable', ...from('Carol', 'The harbour contract') },
      { verdict: 'unsure', ...from('Dave', 'A word from Carol') },
      from('Eve', 'CONTRACT offer'),
    )
    const found = async (query: string) => uidsOf((await api.get(`/v1/decisions?account=${account}&${query}`)).body)
    expect(await found('verdict=valuable')).toEqual([1])
    expect(await found('sender=CAROL')).toEqual([1])
    expect(await found('q=carol')).toEqual([2, 1])
    expect(await found('q=contract')).toEqual([3, 1])
    expect(await found('q=contract&verdict=noise')).toEqual([3])
    expect(await found('q=.*')).toEqual([])
  })

  it('filters by time, both ends included', async () => {
    const account = await accountWithDecisions({}, {}, {}, {})
    const found = async (query: string) => uidsOf((await api.get(`/v1/decisions?account=${account}&${query}`)).body)
    const at = (uid: number) => new Date(NOON + uid).toISOString()
    expect(await found(`since=${at(3)}`)).toEqual([4, 3])
    expect(await found(`until=${at(2)}`)).toEqual([2, 1])
    expect(await found(`since=${at(2)}&until=${at(3)}`)).toEqual([3, 2])
    expect(await found('since=2026-03-01T13:00:00%2B01:00')).toEqual([4, 3, 2, 1])
  })

  it('goes through everything page by page, over several accounts, while decisions are added', async () => {
    await api.installation.redis.flushall()
    const accounts = [
      await accountWithDecisions(...Array(23).fill({})),
      await accountWithDecisions(...Array(17).fill({ decidedAt: NOON })),
    ]
    const seen: string[] = []
    let cursor = ''
    for (let more = 100; ; more++) {
      const { body } = await api.get(`/v1/decisions?limit=7${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      if (!body.nextCursor) break
      cursor = body.nextCursor
      await api.installation.decisions.record(decisionOn(accounts[0] ?? '', more), 30)
    }
    expect(seen).toHaveLength(40)
    expect(new Set(seen).size).toBe(40)
  })

  it('finds a needle far down in one go or over cursors, never silently not at all', async () => {
    const account = await accountWithDecisions(from('Needle'), ...Array(2_300).fill({}))
    const pages = []
    for (let cursor = ''; ; ) {
      const { body } = await api.get(`/v1/decisions?account=${account}&sender=needle${cursor && `&cursor=${cursor}`}`)
      pages.push(uidsOf(body))
      if (!body.nextCursor) break
      cursor = body.nextCursor
    }
    expect(pages.flat()).toEqual([1])
    expect(pages.length).toBeLessThanOrEqual(2)
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=ten', 'limit'],
    ['verdict=spam', 'verdict'],
    ['since=yesterday', 'since'],
    ['until=2026-02-30T25:00:00Z', 'until'],
    ['since=2016-12-31T23:59:60Z', 'since'],
    ['cursor=made-up', 'cursor'],
    ['cursor=', 'cursor'],
    ['account=', 'account'],
    [`q=${'x'.repeat(201)}`, 'q'],
    ['colour=blue', 'colour'],
  ])('refuses %s with 400, and names the parameter', async (query, field) => {
    const problem = expectProblem(await api.get(`/v1/decisions?${query}`), { status: 400, code: 'INVALID_INPUT' })
    expect(problem.detail).toMatch(new RegExp(`^${field} `))
  })
})

describe('GET /v1/stats', () => {
  it('counts by verdict and day, with latencies', async () => {
    const day = 86_400_000
    const account = await accountWithDecisions(
      {},
      {},
      { verdict: 'valuable' },
      { verdict: 'unsure', decidedAt: NOON - day },
    )
    const first = decisionOn(account, 1)
    await api.installation.decisions.settle(first, {
      mailbox: 'N',
      placeUid: 1,
      moved: true,
      settledAt: first.announcedAt + 12,
    })
    const range = 'from=2026-02-20T00:00:00Z&to=2026-03-02T00:00:00Z'
    const { status, body } = await api.get(`/v1/stats?account=${account}&${range}`)
    expect(status).toBe(200)
    const none = { p50: null, p99: null }
    const today = { decisions: 3, valuable: 1, unsure: 0, noise: 2, moved: 1, latencyMs: { p50: 15, p99: 15 } }
    expect(body).toEqual({
      total: { ...today, decisions: 4, unsure: 1 },
      buckets: [
        { from: '2026-02-28T00:00:00.000Z', decisions: 1, valuable: 0, unsure: 1, noise: 0, moved: 0, latencyMs: none },
        { from: '2026-03-01T00:00:00.000Z', ...today },
      ],
    })
    const all = await api.get(`/v1/stats?account=${account}&bucket=all&${range}`)
    expect(all.body).toEqual({ total: body.total, buckets: [] })
  })

  it('tells the last 30 days of all accounts unless asked otherwise', async () => {
    const before = (await api.get('/v1/stats')).body.total.decisions
    await accountWithDecisions({ decidedAt: Date.now() }, { decidedAt: Date.now() - 31 * 86_400_000 })
    expect((await api.get('/v1/stats')).body.total.decisions).toBe(before + 1)
  })

  it.each([
    'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    'from=2020-01-01T00:00:00Z',
    'from=2016-12-31T23:59:60Z',
    'bucket=hour',
    'days=3',
  ])('refuses %s', async (query) => {
    expectProblem(await api.get(`/v1/stats?${query}`), { status: 400, code: 'INVALID_INPUT' })
  })
})
