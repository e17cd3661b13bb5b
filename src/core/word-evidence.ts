import type { Clue } from './bayes.ts'
import type { Evidence } from './decision.ts'
import type { Reading } from './reading.ts'
import { stemOf } from './words.ts'

/** Words quoted a side. */
const QUOTED = 8

/** The account of the single words: what the shipped model and the reader's own mail say, for and against. */
export function wordEvidence(
  reading: Reading,
  clues: readonly Clue[],
  shippedWeight: number,
  learnedWeight: number,
): Evidence[] {
  const sides = [
    {
      name: 'words',
      learned: false,
      texts: ['Its words are those of mail worth reading.', 'Its words are those of noise.'],
    },
    {
      name: 'learned-words',
      learned: true,
      texts: ['It resembles mail you valued.', 'It resembles mail you called noise.'],
    },
  ]
  return sides.flatMap(({ name, learned, texts }) => {
    const weights = clues.map((clue) => ({
      token: clue.token,
      weight: learned ? clue.learned * learnedWeight : clue.shipped * shippedWeight,
    }))
    return [1, -1].flatMap((sign) =>
      side(reading, weights, sign, `${name}-${sign > 0 ? 'for' : 'against'}`, sign > 0 ? texts[0]! : texts[1]!),
    )
  })
}

function side(
  reading: Reading,
  weights: readonly { token: string; weight: number }[],
  sign: number,
  name: string,
  text: string,
): Evidence[] {
  const mine = weights.filter(({ weight }) => weight * sign > 0)
  if (mine.length === 0) return []
  const strongest = [...mine].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || (a.token < b.token ? -1 : 1))
  const weight = mine.reduce((sum, clue) => sum + clue.weight, 0)
  return [
    {
      name,
      weight,
      words: quotesOf(
        reading,
        strongest.map(({ token }) => token),
      ),
      text,
    },
  ]
}

/** Exact words of the message behind the strongest tokens. */
function quotesOf(reading: Reading, tokens: readonly string[]): string[] {
  const wanted = new Set(tokens.slice(0, 3 * QUOTED).flatMap((token) => token.replace(/^s:/, '').split(' ')))
  const quotes: string[] = []
  for (const [words, source] of [
    [reading.words, reading.body],
    [reading.subjectWords, reading.message.subject],
  ] as const) {
    for (const word of words) {
      const quote = source.slice(word.start, word.end)
      if (quotes.length < QUOTED && wanted.has(stemOf(word.text, reading.language)) && !quotes.includes(quote))
        quotes.push(quote)
    }
  }
  return quotes
}
