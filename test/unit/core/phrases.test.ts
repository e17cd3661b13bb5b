import { describe, expect, test } from 'vitest'
import { phraseBook } from '../../../src/core/phrases.ts'
import { wordsOf } from '../../../src/core/words.ts'

const book = phraseBook([{ ask: ['# minutes', 'worth a * look', 'automat~'] }, { ask: ['# minuten'] }])
const quotes = (text: string) => book.find(wordsOf(text).words).map(({ start, end }) => text.slice(start, end))

describe('phraseBook', () => {
  test('numbers, any word, beginnings and several languages, as exact quotes', () => {
    expect(quotes('Worth a quick look? 15 Minutes, or 20 Minuten, fully automated.')).toEqual([
      'Worth a quick look',
      '15 Minutes',
      '20 Minuten',
      'automated',
    ])
  })

  test('a phrase broken off is none', () => {
    expect(quotes('worth a')).toEqual([])
  })
})
