import type { Clue } from './bayes.ts'
import type { Evidence } from './decision.ts'
import type { Reading } from './reading.ts'
import type { ClassifierSettings } from './settings.ts'
import type { WordAccount, WordAccounts } from './word-account.ts'

/** Log-odds from which a single word is worth quoting. */
const STRONG = 0.5
/** Words quoted a side. */
const QUOTED = 8

/** The account of the single words in plain text: what the shipped model and the reader's own mail say, for and against. */
export function wordEvidence(
  reading: Reading,
  { shipped, learned }: WordAccounts,
  { words }: ClassifierSettings,
): Evidence[] {
  return [
    ...side(reading, shipped, words.shippedWeight, 1, 'words-for', 'Its words are those of mail worth reading.'),
    ...side(reading, shipped, words.shippedWeight, -1, 'words-against', 'Its words are those of noise.'),
    ...general(shipped.offset * words.shippedWeight),
    ...side(reading, learned, words.learnedWeight, 1, 'learned-for', 'It resembles mail you valued.'),
    ...side(reading, learned, words.learnedWeight, -1, 'learned-against', 'It resembles mail you called noise.'),
  ]
}

function side(
  reading: Reading,
  account: WordAccount,
  factor: number,
  sign: number,
  name: string,
  text: string,
): Evidence[] {
  const mine: Clue[] = []
  let sum = 0
  for (const clue of account.clues) {
    if (clue.weight * sign <= 0) continue
    sum += clue.weight
    if (clue.weight * sign > STRONG) mine.push(clue)
  }
  if (sum === 0) return []
  const strongest = mine.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || (a.token < b.token ? -1 : 1))
  const tokens = strongest.slice(0, 3 * QUOTED).map(({ token }) => token)
  return [{ name, weight: sum * account.scale * factor, words: quotesOf(reading, tokens), text }]
}

/** Exact words of the message behind the strongest tokens. */
function quotesOf(reading: Reading, tokens: readonly string[]): string[] {
  const wanted = new Set(tokens.flatMap((token) => token.replace(/^s:/, '').split(' ')))
  const quotes = new Set<string>()
  for (const [words, source] of [
    [reading.subjectWords, reading.message.subject],
    [reading.words, reading.body],
  ] as const) {
    for (const word of words) {
      if (quotes.size >= QUOTED) return [...quotes]
      if (wanted.has(word.stem)) quotes.add(source.slice(word.start, word.end))
    }
  }
  return [...quotes]
}

/** What is taken off because words of this language lean that way in every message. */
function general(weight: number): Evidence[] {
  if (weight === 0) return []
  return [
    {
      name: 'language',
      weight,
      words: [],
      text: 'Words of this language lean to one side in general; this evens it out.',
    },
  ]
}
