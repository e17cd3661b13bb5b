import type { Heuristic } from './heuristic.ts'
import { upTo, when } from './heuristic.ts'

const REPLY_PREFIX = /^\s*(?:re|aw|sv|antw|rép|ref|rv|r)\s*(?:\[\d+\])?\s*:/i
const FORWARD_PREFIX = /^\s*(?:fwd?|wg|tr|rv|i)\s*:/i

/** How the message continues, or pretends to continue, earlier mail. */
export const thread: readonly Heuristic[] = [
  {
    name: 'answers-you',
    family: 'thread',
    leans: 'valuable',
    text: 'It answers a message you sent.',
    see: ({ standing }) => when(standing.answersReader),
  },
  {
    name: 'your-thread',
    family: 'thread',
    leans: 'valuable',
    text: 'It belongs to a conversation you took part in.',
    see: ({ standing }) => when(standing.inReadersThread && !standing.answersReader),
  },
  {
    name: 'fake-reply',
    family: 'pretence',
    leans: 'noise',
    text: 'The subject says it is a reply, but you never wrote in this thread.',
    see: ({ reading, standing }) => {
      const prefix = REPLY_PREFIX.exec(reading.message.subject)
      const known =
        standing.answersReader ||
        standing.inReadersThread ||
        standing.writtenTo > 0 ||
        standing.colleague ||
        standing.incomplete
      return when(prefix !== null && !known && standing.sent > 0, prefix ? [prefix[0].trim()] : [])
    },
  },
  {
    name: 'reply-without-thread',
    family: 'pretence',
    leans: 'noise',
    text: 'The subject says it is a reply, but it names no message it answers.',
    see: ({ reading }) => {
      const prefix = REPLY_PREFIX.exec(reading.message.subject)
      return when(
        prefix !== null && reading.message.inReplyTo.length + reading.message.references.length === 0,
        prefix ? [prefix[0].trim()] : [],
      )
    },
  },
  {
    name: 'answers-itself',
    family: 'pretence',
    leans: 'noise',
    text: 'It follows up on its own unanswered mail.',
    see: ({ reading, standing }) => {
      const ids = [...reading.message.inReplyTo, ...reading.message.references]
      const own = reading.organisation !== '' && ids.some((id) => id.endsWith(reading.organisation))
      const quotesItself = reading.from !== '' && reading.zones.quoted.toLowerCase().includes(reading.from)
      return when(
        !standing.answersReader &&
          !standing.inReadersThread &&
          !standing.colleague &&
          (own || quotesItself) &&
          standing.writtenTo === 0,
      )
    },
  },
  {
    name: 'knocked-before',
    family: 'pretence',
    leans: 'noise',
    text: 'This stranger has written before and you never answered.',
    see: ({ standing, reading }) => {
      const machine = /^(?:no-?_?reply|do-?not-?reply|notif|alert|service|info|support|dse|billing)/.test(reading.from)
      const stranger =
        !machine && standing.writtenTo === 0 && !standing.colleague && standing.did.address <= 0 && standing.sent > 0
      return stranger && standing.received > 0 ? { value: upTo(3, standing.received) } : null
    },
  },
  {
    name: 'forwarded',
    family: 'thread',
    leans: 'either',
    text: 'It passes on another message.',
    see: ({ reading }) => {
      const prefix = FORWARD_PREFIX.exec(reading.message.subject)
      return when(prefix !== null, prefix ? [prefix[0].trim()] : [])
    },
  },
  {
    name: 'carries-conversation',
    family: 'thread',
    leans: 'either',
    text: 'It carries an earlier conversation below.',
    see: ({ reading }) => when(reading.zones.quoted.length > 80),
  },
]
