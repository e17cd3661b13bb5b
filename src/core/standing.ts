import { nameOfDomain, organisationOf } from './addresses.ts'
import type { Counts } from './counts.ts'
import { names, plainName, shortened } from './names.ts'
import { pairOf } from './pairs.ts'
import type { Knowledge } from './reader.ts'
import type { Reading } from './reading.ts'
import { balanceOf, fadedRecord, identitiesOf } from './sender-record.ts'

/** How the sender stands to this reader. Flags that give trust are false unless the sender is proven. */
export interface Standing {
  /** The From address is proven: by the receiving server, by what the account states, or as house mail that this server never stamps. */
  readonly trusted: boolean
  /** Messages the reader has written to this very address. */
  readonly writtenTo: number
  /** The same, proven or not. */
  readonly everWrittenTo: number
  readonly writtenToOrganisation: number
  /** Shares the reader's own domain. */
  readonly colleague: boolean
  /** Claims the reader's own domain without any server's stamp. */
  readonly houseMail: boolean
  /** The message answers a Message-ID the reader sent. */
  readonly answersReader: boolean
  /** It belongs to a thread the reader wrote in. */
  readonly inReadersThread: boolean
  /** A known address or the reader's own domain without proof. */
  readonly impersonated: boolean
  /** The display name is a contact's, the address is not. */
  readonly borrowedName: boolean
  /** The domain imitates one the reader knows. */
  readonly lookalike: string | null
  /** Balances of the track record, -1..1. */
  readonly said: { readonly address: number; readonly organisation: number; readonly list: number }
  readonly did: { readonly address: number; readonly organisation: number; readonly list: number }
  /** The reader told this sender to stop, and never wrote anything else to them. */
  readonly toldToStop: boolean
  /** Explicit noise verdicts about this very address without one for valuable. */
  readonly condemned: boolean
  /** Messages from this address before. */
  readonly received: number
  /** Messages of the reader learned from: below a handful nobody counts as a stranger. */
  readonly sent: number
  /** A look-up failed. */
  readonly incomplete: boolean
}

/** Names that `standingOf` asks for. */
export function standingNames(reading: Reading): string[] {
  const { message } = reading
  const threads = threadIds(reading)
  return [
    names.sent,
    names.stamped,
    names.unstamped,
    names.writtenTo(reading.from),
    names.writtenToOrganisation(reading.organisation),
    names.received(reading.from),
    names.called(plainName(message.from?.name ?? '')),
    ...threads.flatMap((id) => [names.ownMessage(id), names.thread(id)]),
    names.refused(reading.from),
    ...firmGuesses(reading).map(names.firm),
    ...neighbours(reading).map(names.nearly),
  ]
}

/** Message-IDs the message says it continues, at most 12: the newest tell most. */
function threadIds(reading: Reading): string[] {
  return [...new Set([...reading.message.inReplyTo.slice(0, 2), ...reading.message.references.slice(-10)])]
}

/** What the From domain might be imitating: its parts, and what it would be without doubled or swapped signs. */
function firmGuesses(reading: Reading): string[] {
  if (reading.freemail || reading.organisation === '') return []
  const name = nameOfDomain(reading.domain)
  const parts = name.split(/[-_]/).filter((part) => part.length > 4 && part !== name)
  const unmasked = name.replace(/0/g, 'o').replace(/1/g, 'l').replace(/rn/g, 'm').replace(/vv/g, 'w')
  return [...new Set([...parts, unmasked, name])].slice(0, 6)
}

/** What the From domain's name shares with names one letter away. */
function neighbours(reading: Reading): string[] {
  return reading.freemail || reading.organisation === '' ? [] : shortened(nameOfDomain(reading.domain))
}

export function standingOf(reading: Reading, knowledge: Knowledge, now: number): Standing {
  const { counts } = knowledge
  const writtenTo = counts.get(names.writtenTo(reading.from)) ?? 0
  const colleague = claimsOwnHouse(reading)
  const proven = reading.trusted || (colleague && isHouseMail(reading, counts))
  const disproven = !proven && (reading.authentication.status === 'fail' || reading.authentication.status === 'absent')
  return {
    trusted: proven,
    writtenTo: proven ? writtenTo : 0,
    everWrittenTo: writtenTo,
    writtenToOrganisation:
      proven && !reading.freemail ? (counts.get(names.writtenToOrganisation(reading.organisation)) ?? 0) : 0,
    colleague: proven && colleague,
    houseMail: colleague && !isStamped(reading),
    ...threadStanding(reading, counts),
    impersonated: disproven && (writtenTo > 0 || colleague) && !(colleague && mayBeHouseMail(reading, counts)),
    borrowedName: isBorrowedName(reading, counts, writtenTo > 0 || colleague),
    lookalike: writtenTo > 0 || colleague ? null : lookalikeOf(reading, counts),
    ...recordOf(reading, counts, now, proven),
    toldToStop: (counts.get(names.refused(reading.from)) ?? 0) > 0 && writtenTo === 0,
    received: counts.get(names.received(reading.from)) ?? 0,
    sent: counts.get(names.sent) ?? 0,
    incomplete: knowledge.incomplete,
  }
}

/** Old house mail without a stamp after which its absence is normal. */
const ENOUGH_HOUSE_MAIL = 3

/** The gateway stamps what comes from outside, so house mail it never stamped before has not come from outside now. */
function isHouseMail(reading: Reading, counts: Counts): boolean {
  const unstamped = counts.get(names.unstamped) ?? 0
  return !isStamped(reading) && unstamped >= ENOUGH_HOUSE_MAIL && unstamped > 4 * (counts.get(names.stamped) ?? 0)
}

/** Without a stamp nothing is proven, nor disproven as long as this server is not known to stamp house mail. */
function mayBeHouseMail(reading: Reading, counts: Counts): boolean {
  return !isStamped(reading) && (counts.get(names.stamped) ?? 0) < ENOUGH_HOUSE_MAIL
}

/** Some server has put a verdict on the message. */
export function isStamped(reading: Reading): boolean {
  return reading.message.headers.has('authentication-results')
}

/** The From address shares the reader's own domain, by its own word. */
export function claimsOwnHouse(reading: Reading): boolean {
  return ownOrganisations(reading).has(reading.organisation)
}

function ownOrganisations(reading: Reading): Set<string> {
  const hosts = reading.reader.addresses.map((address) => address.slice(address.lastIndexOf('@') + 1))
  return new Set(hosts.map(organisationOf).filter((host) => !(host === reading.organisation && reading.freemail)))
}

function threadStanding(reading: Reading, counts: Counts) {
  const ids = threadIds(reading)
  return {
    answersReader: ids.some((id) => (counts.get(names.ownMessage(id)) ?? 0) > 0),
    inReadersThread: ids.some((id) => (counts.get(names.thread(id)) ?? 0) > 0),
  }
}

function isBorrowedName(reading: Reading, counts: Counts, known: boolean): boolean {
  const name = plainName(reading.message.from?.name ?? '')
  return !known && name !== '' && (counts.get(names.called(name)) ?? 0) > 0
}

function lookalikeOf(reading: Reading, counts: Counts): string | null {
  if ((counts.get(names.writtenToOrganisation(reading.organisation)) ?? 0) > 0) return null
  const name = nameOfDomain(reading.domain)
  if (neighbours(reading).some((variant) => (counts.get(names.nearly(variant)) ?? 0) > 0)) return name
  const own = reading.reader.addresses.map((address) => nameOfDomain(address.slice(address.lastIndexOf('@') + 1)))
  return (
    firmGuesses(reading).find(
      (guess) =>
        (guess !== name || guess.length > 4) && ((counts.get(names.firm(guess)) ?? 0) > 0 || own.includes(guess)),
    ) ?? null
  )
}

function recordOf(reading: Reading, counts: Counts, now: number, proven: boolean) {
  const { address, organisation, list } = identitiesOf(reading)
  const balance = (name: typeof names.said, who: string | null) => {
    const value = balanceOf(fadedRecord(counts, name, who, now))
    return proven ? value : Math.min(0, value)
  }
  const all = (name: typeof names.said) => ({
    address: balance(name, address),
    organisation: balance(name, organisation),
    list: balance(name, list),
  })
  const explicit = address === null ? pairOf(0) : fadedRecord(counts, names.said, address, now)
  return { said: all(names.said), did: all(names.did), condemned: explicit.noise >= 1 && explicit.valuable === 0 }
}
