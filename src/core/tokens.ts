import { MAX_TOKENS } from './limits.ts'
import type { Reading } from './reading.ts'
import { structureTokens } from './structure-tokens.ts'
import { isStopword } from './words.ts'

/** Raised whenever the tokens of the same message change: counts learned under another version mean something else. */
export const TOKENIZER_VERSION = 2

/** Shares of MAX_TOKENS, so that a long text does not push out the short telling parts. */
const MAX_STRUCTURE = 120
const MAX_SUBJECT = 25
const MAX_BODY = 160
const MAX_PAIRS = 150
const MAX_PRAISE = 60

/** A message's tokens, each once. */
export interface Tokens {
  /** What the reader's own counts are kept of: body stems, and with a prefix subject, concepts, sender, headers and structure. */
  readonly learnable: readonly string[]
  /** What a shipped model may know, since transport differs between readers: body, subject, concepts, and pairs of neighbours. */
  readonly content: readonly string[]
  /** Content that only occurs in the sender's praise of themselves: it may speak against the message, not for it. */
  readonly praise: readonly string[]
}

const known = new WeakMap<Reading, Tokens>()

/**
 * The distinct tokens of a message. Plain stems are body words, `a b` are neighbours, and prefixes tell the rest: `s:` subject, `c:`
 * lexicon concept, and for structure one letter a source (`structure-tokens.ts`).
 */
export function tokensOf(reading: Reading): Tokens {
  const found = known.get(reading) ?? readTokens(reading)
  known.set(reading, found)
  return found
}

function readTokens(reading: Reading): Tokens {
  const stems = reading.words.map((word) => numbersAlike(word.stem))
  const content = new Set<string>()
  addAll(content, subjectTokens(reading), MAX_SUBJECT + reading.concepts.size)
  addAll(content, wordTokens(stems), content.size + MAX_BODY)
  const boasted = reading.praise.map((word) => numbersAlike(word.stem)).filter((stem) => !content.has(stem))
  const structure = new Set<string>()
  addAll(structure, structureTokens(reading), MAX_STRUCTURE)
  const learnable = [...structure, ...content].slice(0, MAX_TOKENS)
  addAll(content, pairTokens(stems), content.size + MAX_PAIRS)
  const praise = new Set<string>()
  addAll(praise, boasted, MAX_PRAISE)
  return { learnable, content: [...content], praise: [...praise] }
}

function addAll(tokens: Set<string>, more: Iterable<string>, limit: number) {
  for (const token of more) {
    if (tokens.size >= limit) return
    tokens.add(token)
  }
}

/** Single digits are left out, single letters are words. */
function wordTokens(stems: readonly string[]): string[] {
  return stems.filter((stem) => stem !== '0')
}

/** Numbers differ from mail to mail, their shape does not. */
function numbersAlike(stem: string): string {
  const first = stem.charCodeAt(0)
  return first >= 48 && first <= 57 ? stem.replace(/\d/g, '0').slice(0, 8) : stem
}

function* pairTokens(stems: readonly string[]): Generator<string> {
  for (let at = 1; at < stems.length; at++) {
    const before = stems[at - 1] ?? ''
    const after = stems[at] ?? ''
    if (!isStopword(before) || !isStopword(after)) yield `${before} ${after}`
  }
}

function* subjectTokens(reading: Reading): Generator<string> {
  for (const concept of reading.concepts.keys()) yield `c:${concept}`
  for (const word of reading.subjectWords) yield `s:${numbersAlike(word.stem)}`
}
