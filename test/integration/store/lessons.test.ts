import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../../../src/account.ts'
import type { Said, Scope } from '../../../src/core/corrections.ts'
import { type CountChange, combine } from '../../../src/core/counts.ts'
import { lessonOfArrival, lessonOfVerdict } from '../../../src/core/lessons.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Decision } from '../../../src/decision.ts'
import { teach, teachArrival, unteach } from '../../../src/feedback/teach.ts'
import { parseMessage } from '../../../src/parse.ts'
import { CorrectionStore } from '../../../src/store/corrections.ts'
import { LessonStore } from '../../../src/store/lessons.ts'
import { connectRedis, type RedisClient } from '../../../src/store/redis.ts'
import { message } from '../../servers/message.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, type Stores, storesOn } from './arrangement.ts'

let server: RedisServer
let redis: RedisClient
let stores: Stores
let messages: Message[]

beforeAll(async () => {
  server = await startRedis()
  redis = connectRedis(server.url, 'request')
  stores = storesOn(redis)
  const raws = ['Bob <bob@example.org>', 'Eve <eve@example.org>', 'Ann <ann@gmail.com>'].flatMap((from) =>
    ['pipes', 'the harbour works'].map((subject) =>
      message({ from, subject, text: `About ${subject}: shall we talk?` }),
    ),
  )
  messages = await Promise.all(raws.map((raw) => parseMessage(Buffer.from(raw))))
})
beforeEach(() => redis.flushall())
afterAll(async () => {
  redis.disconnect()
  await server.cleanup()
})

const dependencies = () => ({ ...stores, lessons: new LessonStore(redis, stores.counts), now: () => 1_700_000_000_000 })

/** An account with one decision on each message. */
async function arranged(): Promise<{ account: Account; decisions: Decision[] }> {
  const account = await addedTo(stores)
  const decisions = messages.map((_, i) => decisionOn(account.id, i + 1))
  for (const decision of decisions) await stores.decisions.record(decision, 30)
  return { account, decisions }
}

/** What happens to one message: it arrives, the reader says something of it, or it is undone. */
type Act = { readonly about: number; readonly said: { verdict: Said; scope: Scope } | 'arrival' | 'undo' }

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    about: fc.nat({ max: 5 }),
    said: fc.oneof(
      fc.record({
        verdict: fc.constantFrom<Said>('valuable', 'noise'),
        scope: fc.constantFrom<Scope>('message', 'sender', 'domain'),
      }),
      fc.constant('arrival' as const),
      fc.constant('undo' as const),
    ),
  }),
  { minLength: 1, maxLength: 12 },
)

async function perform(act: Act, account: Account, decisions: Decision[]): Promise<void> {
  const deps = dependencies()
  const recorded = await stores.decisions.find(decisions[act.about]?.id ?? '')
  const about = messages[act.about]
  if (!recorded || !about) throw new Error('no such message')
  if (act.said === 'undo') await unteach(recorded, deps)
  else if (act.said === 'arrival') await teachArrival(recorded, about, account, deps)
  else await teach(recorded, about, { ...act.said, source: 'api' }, account, deps)
}

/** The lessons that survive: for each message the last thing that happened to it. */
function surviving(done: readonly Act[], reader: Account): CountChange {
  const last = new Map(done.map((act) => [act.about, act.said]))
  return combine(
    [...last].map(([about, said]) => {
      const each = messages[about] as Message
      const known = { addresses: reader.addresses, authservId: reader.authservId }
      if (said === 'undo') return new Map()
      const word = said === 'arrival' ? [] : [lessonOfVerdict(each, said.verdict, known)]
      return combine([lessonOfArrival(each, known), ...word])
    }),
  )
}

describe('learning and unlearning', () => {
  it('any order of arrivals, words and undoing ends in the counters of the lessons that survive', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (done) => {
        await redis.flushall()
        const { account, decisions } = await arranged()
        for (const act of done) await perform(act, account, decisions)
        const expected = surviving(done, account)
        expect(await stores.counts.read(account.id, [...expected.keys()])).toEqual(expected)
        expect(await fieldsOf(account)).toBe(expected.size)
      }),
      { numRuns: 60 },
    )
  })

  it('the same word from two devices at once is learned once', async () => {
    const { account, decisions } = await arranged()
    const act: Act = { about: 0, said: { verdict: 'noise', scope: 'sender' } }
    await Promise.all(Array.from({ length: 8 }, () => perform(act, account, decisions)))
    const expected = surviving([act], account)
    expect(await stores.counts.read(account.id, [...expected.keys()])).toEqual(expected)
    expect((await stores.status.get(account.id)).learned).toEqual({ valuable: 0, noise: 1 })
  })

  it('a word that contradicts an earlier one takes its place, also in what is remembered', async () => {
    const { account, decisions } = await arranged()
    const corrections = new CorrectionStore(redis)
    await perform({ about: 0, said: { verdict: 'noise', scope: 'sender' } }, account, decisions)
    await perform({ about: 0, said: { verdict: 'valuable', scope: 'message' } }, account, decisions)
    expect(await corrections.list(account.id)).toMatchObject([{ scope: 'message', verdict: 'valuable' }])
    expect((await stores.status.get(account.id)).learned).toEqual({ valuable: 1, noise: 0 })
  })

  it('a word about the domain of a freemail provider is remembered for the sender alone', async () => {
    const { account, decisions } = await arranged()
    await perform({ about: 4, said: { verdict: 'noise', scope: 'domain' } }, account, decisions)
    const remembered = await new CorrectionStore(redis).list(account.id)
    expect(remembered.map(({ scope, key }) => `${scope} ${key}`).sort()).toEqual([
      'message content-5',
      'sender ann@gmail.com',
    ])
  })

  it("a word about the domain of the reader's own house is remembered for the sender alone", async () => {
    const account = await addedTo(stores, { addresses: ['me@example.org'] })
    const decision = decisionOn(account.id, 1)
    await stores.decisions.record(decision, 30)
    await perform({ about: 0, said: { verdict: 'noise', scope: 'domain' } }, account, [decision])
    const remembered = await new CorrectionStore(redis).list(account.id)
    expect(remembered.map(({ scope }) => scope).sort()).toEqual(['message', 'sender'])
  })

  /** Number of counters that are there. */
  async function fieldsOf(account: Account): Promise<number> {
    const names = await redis.keys(`ww:{${account.id}}:counts:*`)
    const sizes = await Promise.all(names.map((name) => redis.hlen(name)))
    return sizes.reduce((sum, n) => sum + n, 0)
  }
})
