import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { classify, questionsAbout, type Surroundings } from '../../../src/core/classify.ts'
import { combine, inverse } from '../../../src/core/counts.ts'
import { lessonOfHistory, lessonOfSent, lessonOfVerdict } from '../../../src/core/lessons.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Reader } from '../../../src/core/reader.ts'
import { MemoryCounts } from '../../../src/evaluate/memory-counts.ts'
import { parseMessage } from '../../../src/parse.ts'
import { loadBaseline, loadClassifierSettings } from '../../../src/settings/classifier-files.ts'

const reader: Reader = { addresses: ['dana@harbor.example'], authservId: 'mx.harbor.example' }
const model = { baseline: loadBaseline(), settings: loadClassifierSettings({}) }
const now = Date.UTC(2026, 4, 4)

const fixture = (name: string): Promise<Message> =>
  parseMessage(readFileSync(new URL(`../../fixtures/messages/${name}`, import.meta.url)))

function around(message: Message, counts = new MemoryCounts(), over: Partial<Surroundings> = {}): Surroundings {
  const who = over.reader ?? reader
  return {
    ...model,
    reader: who,
    knowledge: { counts: counts.read(questionsAbout(message, who, now)), incomplete: false },
    now,
    ...over,
  }
}

describe('classify', () => {
  test('a pitch about the sender is noise', async () => {
    const pitch = await fixture('pitch.eml')
    expect(classify(pitch, around(pitch)).verdict).toBe('noise')
  })

  test('a stranger who teaches something and asks a real question is not noise', async () => {
    const letter = await fixture('researched-stranger.eml')
    expect(classify(letter, around(letter)).verdict).not.toBe('noise')
  })

  test('asks for at most 650 counters', async () => {
    const letter = await fixture('researched-stranger.eml')
    expect(questionsAbout(letter, reader, now).length).toBeLessThan(650)
  })

  test('every quote is an exact part of the message', async () => {
    for (const name of ['pitch.eml', 'researched-stranger.eml']) {
      const message = await fixture(name)
      const whole = [message.subject, message.text, message.from?.address, ...[...message.headers].flat(2)].join('\n')
      for (const { words } of classify(message, around(message)).evidence)
        for (const word of words) expect(whole).toContain(word)
    }
  })

  test('the account adds up to the probability', async () => {
    const letter = await fixture('researched-stranger.eml')
    const { probability, evidence } = classify(letter, around(letter))
    const sum = evidence.reduce((total, { weight }) => total + weight, model.settings.bias)
    expect(1 / (1 + Math.exp(-sum))).toBeCloseTo(probability, 9)
  })
})

describe('never bury', () => {
  const written = async (to: string) => {
    const counts = new MemoryCounts()
    const raw = `From: dana@harbor.example\r\nTo: ${to}\r\nMessage-ID: <own-1@harbor.example>\r\n\r\nHello`
    counts.apply(lessonOfSent(await parseMessage(Buffer.from(raw)), reader))
    return counts
  }

  test('a person the reader has written to is never moved to noise', async () => {
    const pitch = await fixture('pitch.eml')
    expect(classify(pitch, around(pitch, await written(pitch.from!.address))).verdict).not.toBe('noise')
  })

  test('an unproven copy of that person gains nothing', async () => {
    const pitch = await fixture('pitch.eml')
    const forged = {
      ...pitch,
      headers: new Map([...pitch.headers, ['authentication-results', ['mx.harbor.example; dmarc=fail header.from=x']]]),
    }
    const known = await written(pitch.from!.address)
    const { verdict, probability } = classify(forged, around(forged, known))
    expect(verdict).toBe('noise')
    expect(probability).toBeLessThanOrEqual(classify(forged, around(forged)).probability)
  })

  test('while the server is not known yet, a contact is lifted to unsure', async () => {
    const pitch = await fixture('pitch.eml')
    const unknown = { ...reader, authservId: null }
    expect(classify(pitch, around(pitch, await written(pitch.from!.address), { reader: unknown })).verdict).toBe(
      'unsure',
    )
  })

  test('an answer to the reader’s own message stays', async () => {
    const pitch = { ...(await fixture('pitch.eml')), inReplyTo: ['own-1@harbor.example'] }
    expect(classify(pitch, around(pitch, await written('else@x.example'))).verdict).not.toBe('noise')
  })

  test('a failed look-up counts as known', async () => {
    const pitch = await fixture('pitch.eml')
    const knowledge = { counts: new Map<string, number>(), incomplete: true }
    expect(classify(pitch, around(pitch, undefined, { knowledge })).verdict).toBe('unsure')
  })
})

describe('lessons', () => {
  test('learn and unlearn are exact inverses', async () => {
    const letter = await fixture('researched-stranger.eml')
    const lessons = [
      lessonOfSent(letter, reader),
      lessonOfVerdict(letter, 'noise', reader),
      lessonOfHistory(letter, ['\\Answered'], 'inbox', reader),
    ]
    for (const lesson of lessons) expect(combine([lesson, inverse(lesson)]).size).toBe(0)
  })

  test('a verdict moves the score of its like', async () => {
    const pitch = await fixture('pitch.eml')
    const before = classify(pitch, around(pitch)).probability
    const counts = new MemoryCounts()
    counts.apply(lessonOfVerdict(pitch, 'valuable', reader))
    expect(classify(pitch, around(pitch, counts)).probability).toBeGreaterThan(before)
  })
})
