import { type CountChange, combine, inverse } from '../core/counts.ts'
import type { Decision, Feedback } from '../decision.ts'
import { type Correction, correctionField } from './corrections.ts'
import { ADD_FROM, type CountsStore } from './counts.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/**
 * Puts one lesson in the place of another in a single step: the decision's feedback, what its message taught, the
 * reader's remembered words, the numbers shown, and the counters. Does nothing (0) when somebody else was faster.
 */
const REPLACE = `
local facts, corrections, status = KEYS[1], KEYS[2], KEYS[3]
if redis.call('exists', facts) == 0 then return 0 end
if (redis.call('hget', facts, 'lesson') or '') ~= ARGV[1] then return 0 end
if (redis.call('hget', facts, 'feedback') or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('hdel', facts, 'lesson') else redis.call('hset', facts, 'lesson', ARGV[3]) end
if ARGV[4] == '' then redis.call('hdel', facts, 'feedback') else redis.call('hset', facts, 'feedback', ARGV[4]) end
if ARGV[4] ~= '' then redis.call('hdel', facts, 'undoneAt') end
local id = ARGV[5]
for _, field in ipairs(cjson.decode(ARGV[6])) do
  local old = redis.call('hget', corrections, field)
  if old and cjson.decode(old).decision == id then redis.call('hdel', corrections, field) end
end
local fresh = cjson.decode(ARGV[7])
for i = 1, #fresh, 2 do redis.call('hset', corrections, fresh[i], fresh[i + 1]) end
redis.call('hincrby', status, 'learnedValuable', ARGV[8])
redis.call('hincrby', status, 'learnedNoise', ARGV[9])
${ADD_FROM(4)}
return 1`

const ATTEMPTS = 5

/** What single messages taught, kept with their decisions in hashed form, so that it can be taken back to the byte. */
export class LessonStore {
  readonly #redis: RedisClient
  readonly #counts: CountsStore

  constructor(redis: RedisClient, counts: CountsStore) {
    this.#redis = redis
    this.#counts = counts
  }

  /**
   * Replaces what a decision's message taught, the reader's word about it, and what is remembered of that word.
   * False when lesson and word were the same before, or the decision is no longer kept.
   */
  async replace(
    decision: Decision,
    lesson: CountChange,
    feedback: Feedback | null,
    corrections: readonly Correction[],
  ): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.#current(decision)
      const after = {
        lesson: encode(this.#counts.hashed(decision.account, lesson)),
        feedback: feedback ? JSON.stringify(feedback) : '',
      }
      if (before.lesson.equals(after.lesson) && before.feedback === after.feedback) return false
      if (await this.#swap(decision, before, after, corrections)) return true
    }
    return false
  }

  /** Adds what single messages taught to the counters once more: learning from old mail starts over from nothing. */
  async addAgain(accountId: string): Promise<void> {
    await storing('add lessons again', async () => {
      for (const id of await this.#redis.zrange(keys.decisions(accountId), '0', '-1')) {
        const lesson = await this.#redis.hgetBuffer(keys.facts(accountId, id), 'lesson')
        const { names, values } = this.#counts.additionsForHashed(accountId, decode(lesson ?? Buffer.alloc(0)))
        if (names.length > 0) await this.#redis.eval(ADD_FROM(1), names.length, ...names, ...values)
      }
    })
  }

  async #current({ account, id }: Decision): Promise<Stored> {
    const names = [keys.facts(account, id), 'lesson', 'feedback'] as const
    const [lesson, feedback] = await storing('read a lesson', () => this.#redis.hmgetBuffer(...names))
    return { lesson: lesson ?? Buffer.alloc(0), feedback: feedback?.toString() ?? '' }
  }

  async #swap(decision: Decision, before: Stored, after: Stored, corrections: readonly Correction[]): Promise<boolean> {
    const { account, id } = decision
    const change = combine([inverse(decode(before.lesson)), decode(after.lesson)])
    const counters = this.#counts.additionsForHashed(account, change)
    const names = [keys.facts(account, id), keys.corrections(account), keys.status(account), ...counters.names]
    const values = [
      ...[before.lesson, before.feedback, after.lesson, after.feedback, id],
      JSON.stringify(await this.#fieldsOf(decision)),
      JSON.stringify(corrections.flatMap((each) => [correctionField(each.scope, each.key), JSON.stringify(each)])),
      ...countsBy('valuable', before, after),
      ...countsBy('noise', before, after),
      ...counters.values,
    ]
    return storing(
      'store a lesson',
      async () => (await this.#redis.eval(REPLACE, names.length, ...names, ...values)) === 1,
    )
  }

  /** Fields of all corrections that this decision brought about. */
  async #fieldsOf({ account, id }: Decision): Promise<string[]> {
    const all = await storing('read corrections', () => this.#redis.hgetall(keys.corrections(account)))
    return Object.entries(all).flatMap(([field, json]) =>
      (JSON.parse(json) as Correction).decision === id ? [field] : [],
    )
  }
}

interface Stored {
  readonly lesson: Buffer
  /** JSON, or ''. */
  readonly feedback: string
}

/** By how much the number of lessons with this verdict changes. */
function countsBy(verdict: 'valuable' | 'noise', before: Stored, after: Stored): number[] {
  const has = ({ feedback }: Stored) =>
    Number(feedback !== '' && (JSON.parse(feedback) as Feedback).verdict === verdict)
  return [has(after) - has(before)]
}

const NAME_BYTES = 8
const ENTRY_BYTES = NAME_BYTES + 8

/** A change with hashed names (hex) as bytes: name and amount, in the order of the names, so that equal changes are equal bytes. */
function encode(change: CountChange): Buffer {
  const entries = [...change].sort(([a], [b]) => (a < b ? -1 : 1))
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES)
  for (const [i, [name, by]] of entries.entries()) {
    bytes.write(name, i * ENTRY_BYTES, 'hex')
    bytes.writeDoubleBE(by, i * ENTRY_BYTES + NAME_BYTES)
  }
  return bytes
}

function decode(bytes: Buffer): CountChange {
  const change = new Map<string, number>()
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES)
    change.set(bytes.toString('hex', at, at + NAME_BYTES), bytes.readDoubleBE(at + NAME_BYTES))
  return change
}
