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
  readonly words: readonly Word[]
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
  return {
    message,
    reader,
    html,
    zones,
    body,
    words,
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
  const add = (concept: string, quote: string) => {
    const quotes = concepts.get(concept)
    if (!quotes) concepts.set(concept, [quote])
    else if (quotes.length < 12 && !quotes.includes(quote)) quotes.push(quote)
  }
  for (const match of lexicon.find(subjectWords)) add(match.concept, subject.slice(match.start, match.end))
  for (const match of lexicon.find(words)) {
    add(match.concept, body.slice(match.start, match.end))
    if (ASKS.includes(match.concept)) askedAt.push(match.start)
  }
  return { concepts, askedAt }
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
