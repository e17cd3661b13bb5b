import type { Heuristic } from './heuristic.ts'
import { upTo, when } from './heuristic.ts'

/** Messages of the reader's own that must have been learned before an unknown sender means anything. */
const ENOUGH_SENT = 5

const fromWords = (address: string): string[] => (address ? [address] : [])

/** Who writes: a contact, a colleague, a stranger, or somebody posing as one of them. */
export const sender: readonly Heuristic[] = [
  {
    name: 'contact',
    family: 'sender',
    leans: 'valuable',
    text: 'You have written to this person.',
    see: ({ standing, reading }) => when(standing.writtenTo > 0, fromWords(reading.from)),
  },
  {
    name: 'frequent-contact',
    family: 'sender',
    leans: 'valuable',
    text: 'You write to this person often.',
    see: ({ standing, reading }) =>
      standing.writtenTo > 1 ? { value: upTo(4, standing.writtenTo - 1), words: fromWords(reading.from) } : null,
  },
  {
    name: 'contact-organisation',
    family: 'sender',
    leans: 'valuable',
    text: 'You write to people at this organisation.',
    see: ({ standing, reading }) =>
      when(standing.writtenToOrganisation > 0 && !standing.colleague && standing.writtenTo === 0, [
        reading.organisation,
      ]),
  },
  {
    name: 'colleague',
    family: 'sender',
    leans: 'valuable',
    text: 'The sender works where you do.',
    see: ({ standing, reading }) => when(standing.colleague, [reading.organisation]),
  },
  {
    name: 'stranger',
    family: 'sender',
    leans: 'noise',
    text: 'You have never written to this sender or anyone there.',
    see: ({ standing, reading }) => {
      const known =
        standing.writtenTo + standing.writtenToOrganisation > 0 ||
        standing.colleague ||
        standing.answersReader ||
        standing.incomplete
      return when(!known && standing.sent >= ENOUGH_SENT && reading.authentication.status !== 'unknown')
    },
  },
  {
    name: 'freemail',
    family: 'sender',
    leans: 'either',
    text: 'The address is from a public mail service.',
    see: ({ reading, standing }) => when(reading.freemail && standing.writtenTo === 0, [reading.domain]),
  },
  {
    name: 'no-reply-address',
    family: 'sender',
    leans: 'either',
    text: 'The sender is a machine that takes no answers.',
    see: ({ reading }) => {
      const found =
        /^(?:no-?_?reply|do-?not-?reply|noresponse|nepasrepondre|ne-pas-repondre|no-?responder|keine-?antwort|notifications?|mailer|bounce|news|newsletter|marketing|promo(?:tions)?|offers?|updates?|digest|hello|events?|survey|feedback)\b/.exec(
          reading.from,
        )
      return when(found !== null, found ? [found[0]] : [])
    },
  },
  {
    name: 'told-to-stop',
    family: 'record',
    leans: 'noise',
    text: 'You asked this sender to stop.',
    see: ({ standing, reading }) => when(standing.toldToStop, fromWords(reading.from)),
  },
  {
    name: 'impersonated',
    family: 'pretence',
    leans: 'noise',
    text: 'It claims an address you trust, but your mail server could not confirm it.',
    see: ({ standing, reading }) => when(standing.impersonated, [reading.from, ...reading.authentication.words]),
  },
  {
    name: 'borrowed-name',
    family: 'pretence',
    leans: 'noise',
    text: 'It carries the name of someone you write to, from an address that is not theirs.',
    see: ({ standing, reading }) =>
      when(standing.borrowedName && !standing.answersReader && !standing.inReadersThread, [
        reading.message.from?.name ?? '',
      ]),
  },
  {
    name: 'lookalike-domain',
    family: 'pretence',
    leans: 'noise',
    text: 'The domain resembles one you deal with, but is another.',
    see: ({ standing, reading }) => when(standing.lookalike !== null, [reading.domain]),
  },
  {
    name: 'unauthenticated',
    family: 'sender',
    leans: 'noise',
    text: 'Your mail server could not confirm the sender.',
    see: ({ reading, standing }) => {
      const { status, words } = reading.authentication
      const house = standing.houseMail && !standing.impersonated
      return when(!standing.trusted && !house && (status === 'fail' || status === 'absent'), words)
    },
  },
  {
    name: 'reply-elsewhere',
    family: 'pretence',
    leans: 'noise',
    text: 'Answers would go to another domain than it came from.',
    see: ({ reading }) => {
      const other = reading.message.replyTo.find((to) => to.address && !to.address.endsWith(reading.organisation))
      return when(other !== undefined && reading.organisation !== '', other ? [other.address] : [])
    },
  },
]
