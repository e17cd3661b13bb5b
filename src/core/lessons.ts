import { domainOf, isFreemail, nameOfDomain, organisationOf } from './addresses.ts'
import { TOTAL_NAME, tokenName } from './bayes.ts'
import { subjectStems } from './concerns.ts'
import type { CountChange } from './counts.ts'
import type { Message } from './message.ts'
import { bucketOf, names, ONE_NOISE, ONE_VALUABLE, plainName, shortened } from './names.ts'
import type { Reader } from './reader.ts'
import { type Reading, readingOf } from './reading.ts'
import { identitiesOf } from './sender-record.ts'
import { claimsOwnHouse, isStamped } from './standing.ts'
import { tokensOf } from './tokens.ts'

/** Stems of one sent message kept as concerns; the rest of a long letter repeats its subject. */
const MAX_CONCERNS_LEARNED = 150

/** A refusal is short; a long letter that declines something goes to somebody worth a long letter. */
const SHORT_REFUSAL_WORDS = 40

/** What a message the reader wrote teaches: whom they write to, their Message-IDs and threads, what concerns them. */
export function lessonOfSent(message: Message, reader: Reader): CountChange {
  const reading = readingOf(message, reader)
  const change = new Map<string, number>([[names.sent, 1]])
  const refuses = reading.concepts.has('refusal') && reading.words.length < SHORT_REFUSAL_WORDS
  for (const { address, name } of [...message.to, ...message.cc]) {
    if (!address || reader.addresses.includes(address)) continue
    if (refuses) add(change, names.refused(address), 1)
    else addContact(change, address, name)
  }
  if (refuses) return change
  if (message.messageId) change.set(names.ownMessage(message.messageId), 1)
  for (const id of [...message.inReplyTo, ...message.references]) change.set(names.thread(id), 1)
  addConcerns(change, reading)
  return change
}

function addContact(change: Map<string, number>, address: string, name: string) {
  const organisation = organisationOf(domainOf(address))
  add(change, names.writtenTo(address), 1)
  if (plainName(name)) add(change, names.called(plainName(name)), 1)
  if (isFreemail(organisation)) return
  add(change, names.writtenToOrganisation(organisation), 1)
  const firm = nameOfDomain(organisation)
  add(change, names.firm(firm), 1)
  for (const variant of shortened(firm)) add(change, names.nearly(variant), 1)
}

function addConcerns(change: Map<string, number>, reading: Reading) {
  const bucket = bucketOf(reading.message.date)
  for (const stem of [...subjectStems(reading).keys()].slice(0, MAX_CONCERNS_LEARNED))
    add(change, names.concern(stem, bucket), 1)
}

/** What the reader's word about a message teaches: its sender's record and its tokens. */
export function lessonOfVerdict(message: Message, verdict: 'valuable' | 'noise', reader: Reader): CountChange {
  const reading = readingOf(message, reader)
  const one = verdict === 'valuable' ? ONE_VALUABLE : ONE_NOISE
  const change = new Map<string, number>([[TOTAL_NAME, one]])
  for (const token of tokensOf(reading).learnable) change.set(tokenName(token), one)
  addRecord(change, reading, names.said, one)
  return change
}

/** What the mere arrival of a message teaches: that this sender has knocked before. */
export function lessonOfArrival(message: Message, reader: Reader): CountChange {
  const { from } = readingOf(message, reader)
  return new Map(from ? [[names.received(from), 1]] : [])
}

/**
 * What old mail teaches by what became of it: answering or flagging says valuable and makes its subject a concern, junk and the noise
 * mailbox say noise; never opened is a weaker sign; reading alone says nothing.
 */
export function lessonOfHistory(
  message: Message,
  flags: readonly string[],
  mailbox: 'inbox' | 'archive' | 'junk' | 'noise',
  reader: Reader,
): CountChange {
  const reading = readingOf(message, reader)
  const change = new Map(lessonOfArrival(message, reader))
  if (claimsOwnHouse(reading)) add(change, isStamped(reading) ? names.stamped : names.unstamped, 1)
  const lower = flags.map((flag) => flag.toLowerCase())
  const kept = lower.includes('\\answered') || lower.includes('\\flagged')
  const thrown = mailbox === 'junk' || mailbox === 'noise'
  if (thrown || !lower.includes('\\seen')) addRecord(change, reading, names.did, ONE_NOISE)
  else if (kept) addRecord(change, reading, names.did, ONE_VALUABLE)
  if (kept && !thrown) addConcerns(change, reading)
  return change
}

function addRecord(change: Map<string, number>, reading: Reading, name: typeof names.said, one: number) {
  const bucket = bucketOf(reading.message.date)
  const { address, organisation, list } = identitiesOf(reading)
  for (const who of [address, organisation, list]) if (who !== null) add(change, name(who, bucket), one)
}

function add(change: Map<string, number>, name: string, by: number) {
  change.set(name, (change.get(name) ?? 0) + by)
}
