import { organisationOf } from './addresses.ts'
import { MAX_TOKENS } from './limits.ts'
import type { Reading } from './reading.ts'
import { isStopword, stemOf } from './words.ts'

/** Raised whenever the tokens of the same message change: counts learned under another version mean something else. */
export const TOKENIZER_VERSION = 1

/** Shares of MAX_TOKENS, so that a long text does not push out the short telling parts. */
const MAX_STRUCTURE = 60
const MAX_SUBJECT = 20
const MAX_BODY = 140

/** Headers every message has, or that only the reader's own server wrote: they tell nothing apart. */
const COMMON_HEADERS = new Set(
  'from to subject date message-id mime-version content-type content-transfer-encoding received return-path delivered-to authentication-results received-spf dkim-signature arc-seal arc-message-signature arc-authentication-results x-received x-google-smtp-source x-gm-message-state x-google-dkim-signature status content-length lines x-status x-keywords x-uid'.split(
    ' ',
  ),
)

/**
 * The distinct tokens of a message, at most MAX_TOKENS. Plain stems are body words, `a b` are neighbours, and prefixes tell the rest:
 * `s:` subject, `c:` lexicon concept, `f:` sender, `h:` `m:` `x:` headers and structure, `l:` link host.
 */
export function tokensOf(reading: Reading): readonly string[] {
  const tokens = new Set<string>()
  addAll(tokens, structureTokens(reading), MAX_STRUCTURE)
  addAll(tokens, subjectTokens(reading), MAX_SUBJECT + MAX_STRUCTURE)
  const stems = bodyStems(reading)
  addAll(tokens, wordTokens(stems), MAX_BODY + MAX_SUBJECT + MAX_STRUCTURE)
  addAll(tokens, pairTokens(stems), MAX_TOKENS)
  return [...tokens]
}

/** Tokens of content alone: what a shipped model may know, since transport differs between readers. */
export function isContentToken(token: string): boolean {
  return token[1] !== ':' || token[0] === 's' || token[0] === 'c'
}

function addAll(tokens: Set<string>, more: Iterable<string>, limit: number) {
  for (const token of more) {
    if (tokens.size >= limit) return
    tokens.add(token)
  }
}

function bodyStems(reading: Reading): string[] {
  return reading.words.map((word) => stemOf(word.text, reading.language))
}

function wordTokens(stems: readonly string[]): string[] {
  return stems.filter((stem) => stem.length > 1 || /\p{L}/u.test(stem)).map(numbersAlike)
}

/** Numbers differ from mail to mail, their shape does not. */
function numbersAlike(stem: string): string {
  return /^\p{N}/u.test(stem) ? stem.replace(/\p{N}/gu, '0').slice(0, 8) : stem
}

function* pairTokens(stems: readonly string[]): Generator<string> {
  for (let at = 1; at < stems.length; at++) {
    const before = stems[at - 1]!
    const after = stems[at]!
    if (isStopword(before) && isStopword(after)) continue
    yield `${numbersAlike(before)} ${numbersAlike(after)}`
  }
}

function* subjectTokens(reading: Reading): Generator<string> {
  for (const concept of reading.concepts.keys()) yield `c:${concept}`
  for (const word of reading.subjectWords) yield `s:${numbersAlike(stemOf(word.text, reading.language))}`
}

function* structureTokens(reading: Reading): Generator<string> {
  const { message } = reading
  if (reading.from) yield* [`f:${reading.from}`, `f:@${reading.organisation}`]
  yield `x:auth ${reading.authentication.status}`
  yield `x:type ${(message.headers.get('content-type')?.[0] ?? 'none').split(';')[0]!.trim().toLowerCase()}`
  yield `x:to ${Math.min(9, message.to.length)}`
  for (const mailer of message.headers
    .get('x-mailer')?.[0]
    ?.toLowerCase()
    .split(/[^a-z]+/)
    .slice(0, 5) ?? [])
    if (mailer) yield `m:${mailer}`
  for (const host of new Set(reading.linkHosts.slice(0, 12).map(organisationOf))) yield `l:${host}`
  for (const file of message.attachments.slice(0, 4)) yield `x:file ${file.contentType}`
  for (const name of message.headers.keys()) if (!COMMON_HEADERS.has(name)) yield `h:${name}`
}
