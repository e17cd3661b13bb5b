import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classify, questionsAbout } from '../../../src/core/classify.ts'
import { combine, inverse } from '../../../src/core/counts.ts'
import { readHtml } from '../../../src/core/html.ts'
import { lessonOfSent, lessonOfVerdict } from '../../../src/core/lessons.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Reader } from '../../../src/core/reader.ts'
import { zonesOf } from '../../../src/core/zones.ts'
import { MemoryCounts } from '../../../src/evaluate/memory-counts.ts'
import { parseMessage } from '../../../src/parse.ts'
import { loadBaseline, loadClassifierSettings } from '../../../src/settings/classifier-files.ts'

const reader: Reader = { addresses: ['dana@harbor.example'], authservId: 'mx.harbor.example' }
const model = { baseline: loadBaseline(), settings: loadClassifierSettings({}) }
const now = Date.UTC(2026, 4, 4)

function probability(message: Message, counts = new MemoryCounts()): number {
  const knowledge = { counts: counts.read(questionsAbout(message, reader, now)), incomplete: false }
  return classify(message, { ...model, reader, knowledge, now }).probability
}

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/messages/${name}`, import.meta.url), 'utf8')
const letters = [fixture('pitch.eml'), fixture('researched-stranger.eml')]
const letter = fc.constantFrom(...letters)
const parsed = (raw: string) => parseMessage(Buffer.from(raw))

/** Praise of the sender, as sellers write it. */
const praise = fc.constantFrom(
  'We are the leading provider of AI-powered solutions and our clients save up to 40% on average.',
  'Our award winning platform is trusted by 500+ companies like yours.',
  'We help companies like yours unlock growth with our innovative solutions.',
  'Wir sind Marktführer und unsere Kunden sparen im Schnitt 30 %.',
  'Nous sommes leader et nos clients économisent en moyenne 30 %.',
  'Somos líderes y nuestros clientes ahorran de media un 30 %.',
)

/** A claim about the sender, and a question about the reader in its place. */
const CLAIM = 'We are the leading platform and our clients save 35% on average.'
const questions = fc.constantFrom(
  'Who measures the depth at berth 6 for you at low water?',
  'What happened to the quay wall after the March survey?',
  'Wer misst bei Ihnen die Tiefe an Liegeplatz 6?',
  'Qui mesure la profondeur du poste 6 chez vous ?',
)

describe('the essays as properties', () => {
  test('appending praise of the sender never raises a message', async () => {
    await fc.assert(
      fc.asyncProperty(letter, fc.array(praise, { minLength: 1, maxLength: 3 }), async (raw, more) => {
        const before = probability(await parsed(raw))
        const after = probability(await parsed(raw.replace('\n\n', `\n\n${more.join(' ')}\n\n`)))
        expect(after).toBeLessThanOrEqual(before + 1e-9)
      }),
      { numRuns: 60 },
    )
  })

  test('replacing a claim by a question about the reader never lowers it', async () => {
    await fc.assert(
      fc.asyncProperty(letter, questions, async (raw, question) => {
        const claiming = probability(await parsed(raw.replace('\n\n', `\n\n${CLAIM}\n\n`)))
        const asking = probability(await parsed(raw.replace('\n\n', `\n\n${question}\n\n`)))
        expect(asking).toBeGreaterThanOrEqual(claiming - 1e-9)
      }),
      { numRuns: 40 },
    )
  })

  test('an unproven copy of a contact never gains trust', async () => {
    await fc.assert(
      fc.asyncProperty(letter, fc.constantFrom('fail', 'none', 'softfail', 'temperror'), async (raw, result) => {
        const message = await parsed(raw)
        const counts = new MemoryCounts()
        const sent = `From: dana@harbor.example\nTo: ${message.from?.address}\n\nSee you there.`
        counts.apply(lessonOfSent(await parsed(sent), reader))
        const headers = new Map([
          ...message.headers,
          ['authentication-results', [`mx.harbor.example; dmarc=${result} header.from=x.example`]],
        ])
        const forged = { ...message, headers }
        expect(probability(forged, counts)).toBeLessThanOrEqual(probability({ ...forged }) + 1e-9)
      }),
      { numRuns: 20 },
    )
  })

  test('same message, same state, same verdict', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 400 }), async (text) => {
        const raw = `From: a@b.example\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n${text}`
        expect(probability(await parsed(raw))).toBe(probability(await parsed(raw)))
      }),
      { numRuns: 60 },
    )
  })

  test('any order of learning and unlearning leaves the same counts', async () => {
    const messages = await Promise.all(letters.map(parsed))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.boolean()), { maxLength: 8 }), (steps) => {
        const lessons = steps.map(([which, good]) =>
          lessonOfVerdict(messages[which] as Message, good ? 'valuable' : 'noise', reader),
        )
        expect(combine([...lessons, ...lessons.map(inverse).reverse()]).size).toBe(0)
      }),
    )
  })
})

describe('hostile text', () => {
  const limit = 200
  const elapsed = (work: () => unknown) => {
    const start = performance.now()
    work()
    return performance.now() - start
  }

  test('anything can be read, and a probability is always one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        const p = probability(await parseMessage(Buffer.from(bytes)))
        expect(p >= 0 && p <= 1).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  const bait: [string, string][] = [
    ['no spaces', 'a'.repeat(48_000)],
    ['signs of addresses', 'a@'.repeat(24_000)],
    ['dots', 'a.'.repeat(24_000)],
    ['question marks', 'why? '.repeat(9_600)],
    ['numbers', '1.2.'.repeat(12_000)],
    ['braces', '{{'.repeat(24_000)],
    ['percent signs', '%a%'.repeat(16_000)],
    ['blank lines', '\n'.repeat(48_000)],
    ['quote marks', '> '.repeat(24_000)],
    ['attribution starts', 'On a wrote\n'.repeat(4_000)],
    ['links', 'http://a.example/x '.repeat(2_500)],
  ]
  test.each(bait)('%s: classified within 200 ms', async (_, text) => {
    const message = await parsed(`From: a@b.example\nSubject: ${text.slice(0, 500).replace(/\n/g, ' ')}\n\n${text}`)
    probability(await parsed(letters[0] ?? ''))
    expect(elapsed(() => probability(message))).toBeLessThan(limit)
  })

  test.each([
    '<',
    '<a ',
    '<a "',
    '<!--',
    '<style>',
    '&',
    '&#',
    '<p style="display:none">',
    "<a href='",
    '</',
    '<a href=x>',
  ])('HTML of nothing but %s is read within 200 ms', (piece) => {
    expect(elapsed(() => readHtml(piece.repeat(98_304 / piece.length)))).toBeLessThan(limit)
  })

  test('zones of any text lose no line of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('Hello', '> old', '-- ', 'Best,', 'Ann', 'On Mon, Ann wrote:', 'From: a', ''), {
          maxLength: 20,
        }),
        (lines) => {
          const { fresh, quoted, signature } = zonesOf(lines.join('\n'))
          for (const line of lines.filter((one) => one.trim() !== ''))
            expect(`${fresh}\n${quoted}\n${signature}`).toContain(line.trim())
        },
      ),
    )
  })
})
