import { domainOf, isFreemail, organisationOf } from './addresses.ts'
import { type Authentication, authenticationOf } from './authentication.ts'
import { type HtmlReading, hostOf, readHtml } from './html.ts'
import { lexicon } from './lexicon/book.ts'
import type { Message } from './message.ts'
import type { Reader } from './reader.ts'
import { type Language, type Word, wordsOf } from './words.ts'
import { type Zones, zonesOf } from './zones.ts'

/** A message read once: everything the heuristics, the tokens and the reader's side look at. */
export interface Reading {
  readonly message: Message
  readonly reader: Reader
  /** From address, its domain and its organisation, '' when missing. */
  readonly from: string
  readonly domain: string
  readonly organisation: string
  readonly freemail: boolean
  readonly authentication: Authentication
  /** The From address is proven, or the account states that it need not be. */
  readonly trusted: boolean
  readonly html: HtmlReading | null
  readonly zones: Zones
  /** What is judged: the sender's own words, or what they pass on when they add next to nothing. */
  readonly body: string
  /** The words of the body without the sender's praise of themselves, which is counted for its claims and otherwise not read. */
  readonly words: readonly Word[]
  /** The words of that praise. */
  readonly praise: readonly Word[]
  readonly subjectWords: readonly Word[]
  readonly language: Language
  /** Concept of the lexicon -> distinct exact quotes from subject and body. */
  readonly concepts: ReadonlyMap<string, readonly string[]>
  readonly questions: readonly Question[]
  /** Hosts of all links, in HTML and in the text. */
  readonly linkHosts: readonly string[]
}

/** A sentence that asks. */
export interface Question {
  readonly text: string
  /** It asks for the reader's time or interest, not for an answer. */
  readonly sells: boolean
}

const ASKS = ['ask-meeting', 'ask-trial', 'ask-soft', 'ask-routing', 'bump']
const CLAIMS = ['claim-self', 'claim-hype', 'claim-savings']
/** Claims in one sentence that make it praise. */
const PRAISING = 2
const LINK = /(?:https?:\/\/|www\.)[^\s<>"')\]]{1,500}/gi
const ADDRESS = /[\w.+-]{1,64}@[\w.-]{1,255}/g
/** Below this many characters a forwarding note does not stand for itself. */
const SHORT_NOTE_CHARS = 200

const readings = new WeakMap<Message, Reading>()

/** Reads a message; the result is remembered with the message, since the same one is asked about, classified and learned. */
export function readingOf(message: Message, reader: Reader): Reading {
  const known = readings.get(message)
  if (known && known.reader === reader) return known
  const reading = read(message, reader)
  readings.set(message, reading)
  return reading
}

function read(message: Message, reader: Reader): Reading {
  const html = message.html === null ? null : readHtml(message.html)
  const zones = zonesOf(message.text)
  const body =
    zones.fresh.length < SHORT_NOTE_CHARS && zones.forwarded ? `${zones.fresh}\n${zones.forwarded}` : zones.fresh
  const plain = blankLinks(body)
  const { words, language } = wordsOf(plain)
  const subjectWords = wordsOf(message.subject.slice(0, 500), 60, language).words
  const found = conceptsIn(body, words, message.subject, subjectWords)
  const { said, praise } = partPraise(plain, words, found.claimedAt)
  return {
    message,
    reader,
    html,
    zones,
    body,
    words: said,
    praise,
    subjectWords,
    ...senderOf(message, reader),
    language,
    concepts: found.concepts,
    questions: questionsIn(body, plain, found.askedAt),
    linkHosts: linkHostsOf(message.text, html),
  }
}

function senderOf(message: Message, reader: Reader) {
  const from = message.from?.address ?? ''
  const domain = domainOf(from)
  const authentication = authenticationOf(message, reader)
  const trusted = from !== '' && (authentication.status === 'pass' || authentication.status === 'stated')
  return { from, domain, organisation: organisationOf(domain), freemail: isFreemail(domain), authentication, trusted }
}

/** Links and addresses are no words; blanks keep every offset where it was. */
function blankLinks(text: string): string {
  const blank = (found: string) => ' '.repeat(found.length)
  const linked = text.replace(LINK, blank)
  return linked.includes('@') ? linked.replace(ADDRESS, blank) : linked
}

function conceptsIn(body: string, words: readonly Word[], subject: string, subjectWords: readonly Word[]) {
  const concepts = new Map<string, string[]>()
  const askedAt: number[] = []
  const claimedAt: number[] = []
  const add = (concept: string, quote: string) => {
    const quotes = concepts.get(concept)
    if (!quotes) concepts.set(concept, [quote])
    else if (quotes.length < 12 && !quotes.includes(quote)) quotes.push(quote)
  }
  for (const match of lexicon.find(subjectWords)) add(match.concept, subject.slice(match.start, match.end))
  for (const match of lexicon.find(words)) {
    add(match.concept, body.slice(match.start, match.end))
    if (ASKS.includes(match.concept)) askedAt.push(match.start)
    if (CLAIMS.includes(match.concept)) claimedAt.push(match.start)
  }
  return { concepts, askedAt, claimedAt }
}

/** Parts the words of sentences that pile up claims about the sender from the rest; the whole is read when nothing else is there. */
function partPraise(text: string, words: readonly Word[], claimedAt: readonly number[]) {
  if (claimedAt.length < PRAISING) return { said: words, praise: [] }
  const praising = sentencesOf(text, words, claimedAt)
  const said = words.filter((_, at) => !praising[at])
  return { said, praise: words.filter((_, at) => praising[at]) }
}

/** For each word whether its sentence praises: several claims and no question. */
function sentencesOf(text: string, words: readonly Word[], claimedAt: readonly number[]): boolean[] {
  const claims = new Set(claimedAt)
  const praising: boolean[] = []
  let from = 0
  let count = 0
  words.forEach((word, at) => {
    if (claims.has(word.start)) count++
    const next = words[at + 1]
    const between = text.slice(word.end, next?.start ?? text.length)
    if (next && !/[.!?](?:\s|$)|\n/.test(between)) return
    const praises = count >= PRAISING && !between.includes('?')
    for (; from <= at; from++) praising[from] = praises
    count = 0
  })
  return praising
}

/** Sentences that end in a question mark; links do not count. */
function questionsIn(body: string, text: string, askedAt: readonly number[]): Question[] {
  const questions: Question[] = []
  for (let mark = text.indexOf('?'); mark >= 0 && questions.length < 20; mark = text.indexOf('?', mark + 1)) {
    const start = sentenceStart(text, mark)
    const sentence = body.slice(start, mark + 1).trim()
    if (sentence.length > 4) questions.push({ text: sentence, sells: askedAt.some((at) => at >= start && at < mark) })
  }
  return questions
}

function sentenceStart(text: string, end: number): number {
  for (let at = end - 1; at >= 0 && end - at < 400; at--) {
    const char = text[at]!
    if (char === '\n' || char === '?' || char === '!' || (char === '.' && /\s/.test(text[at + 1] ?? ' '))) return at + 1
  }
  return Math.max(0, end - 400)
}

function linkHostsOf(text: string, html: HtmlReading | null): string[] {
  const hosts = new Set<string>()
  for (const link of html?.links ?? []) if (link.host) hosts.add(link.host)
  for (const found of text.matchAll(LINK)) {
    if (hosts.size >= 50) break
    const host = hostOf(found[0])
    if (host) hosts.add(host)
  }
  return [...hosts]
}
