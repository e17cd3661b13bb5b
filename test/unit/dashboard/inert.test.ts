import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inert } from '../../../src/dashboard/page/inert.ts'
import { markQuotes } from '../../../src/dashboard/page/marked.ts'
import { callName, senderOf } from '../../../src/dashboard/page/sender.ts'

const MAX = 40
/** A surrogate that stands alone. */
const HALF = /\p{Cs}/u
const HIDDEN = /[\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

describe('text of a mail that is shown', () => {
  it('stays as it is when it is harmless', () => {
    for (const text of ['Quick question', 'Größe: 5 €', '见面吗?', 'مرحبا بك', '👩‍👩‍👧 hello', ''])
      expect(inert(text, MAX)).toBe(text)
  })

  it('shows where something was hidden or turned round', () => {
    expect(inert('Invoice \u202egnp.exe\u202c', MAX)).toBe('Invoice \ufffdgnp.exe\ufffd')
    expect(inert('a\u0000\u200bb', MAX)).toBe('a\ufffdb')
  })

  it('is one line', () => {
    expect(inert('one\r\n\ttwo\u2028three', MAX)).toBe('one two three')
  })

  it('never holds more than its limit, half a character, or anything hidden', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const shown = inert(text, MAX)
        expect([...shown].length).toBeLessThanOrEqual(MAX)
        expect(shown).not.toMatch(HIDDEN)
        if (!HALF.test(text)) expect(shown).not.toMatch(HALF)
      }),
    )
  })

  it('cuts 10,000 characters in no time', () => {
    expect(inert('x'.repeat(10_000), MAX)).toBe(`${'x'.repeat(MAX - 1)}…`)
  })
})

describe('a sender', () => {
  it.each([
    ['Ada Lovelace <ada@Example.org>', 'Ada Lovelace', 'ada@Example.org', 'example.org'],
    ['ada@example.org', '', 'ada@example.org', 'example.org'],
    ['"Lovelace, Ada" <ada@example.org>', 'Lovelace, Ada', 'ada@example.org', 'example.org'],
    ['a <b@c.example> <d@e.example>', 'a <b@c.example>', 'd@e.example', 'e.example'],
    ['', '', '', ''],
  ])('%s is taken apart', (from, name, address, domain) => {
    expect(senderOf(from)).toEqual({ name, address, domain })
  })

  it('is called by address when its name poses as one', () => {
    expect(callName(senderOf('ceo@bank.example <x@evil.example>'))).toBe('x@evil.example')
    expect(callName(senderOf('Ada <ada@example.org>'))).toBe('Ada')
  })
})

describe('quoted words in a text', () => {
  it('are marked where they stand as words, the weightier over the lighter', () => {
    const evidence = [
      { words: ['quick question'], weight: -1 },
      { words: ['question'], weight: 0.5 },
      { words: ['pier'], weight: 1 },
    ]
    expect(markQuotes('Quick question about the pierside pier', evidence)).toEqual([
      { text: 'Quick question', mark: -1 },
      { text: ' about the pierside ', mark: 0 },
      { text: 'pier', mark: 1 },
    ])
  })

  it('never lose or add a character', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (text, words) => {
        const parts = markQuotes(text, [{ words, weight: 1 }])
        expect(parts.map((part) => part.text).join('')).toBe(text)
      }),
    )
  })
})
