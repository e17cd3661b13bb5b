import { organisationOf } from '../addresses.ts'
import { hostOf } from '../html.ts'
import type { Heuristic } from './heuristic.ts'
import { upTo, when } from './heuristic.ts'

const MERGE_FIELD =
  /\{\{\s*[\w.| ]{1,40}\}\}|\{(?:first|last|company|name|vorname|nachname|firma|prenom|nombre)[\w ]{0,20}\}|\[(?:first ?name|last ?name|company(?: name)?|vorname|prénom|nombre)\]|%%?[a-z_]{3,30}%%?|<<[a-z_ ]{3,30}>>|\*\|[A-Z_]{2,20}\|\*/i
const PICTURE = /\p{Emoji_Presentation}/u

/** How it is made and to whom it is addressed. */
export const form: readonly Heuristic[] = [
  {
    name: 'not-addressed-to-you',
    family: 'form',
    leans: 'noise',
    text: 'It is not addressed to you.',
    see: ({ reading }) => {
      const addressed = [...reading.message.to, ...reading.message.cc].some((to) =>
        reading.reader.addresses.includes(to.address),
      )
      return when(!addressed && reading.reader.addresses.length > 0)
    },
  },
  {
    name: 'copied-in',
    family: 'form',
    leans: 'either',
    text: 'You are only copied in.',
    see: ({ reading }) =>
      when(
        reading.message.cc.some((to) => reading.reader.addresses.includes(to.address)) &&
          !reading.message.to.some((to) => reading.reader.addresses.includes(to.address)),
      ),
  },
  {
    name: 'others-copied',
    family: 'form',
    leans: 'valuable',
    text: 'Others are part of the conversation.',
    see: ({ reading }) => {
      const others = reading.message.to.length + reading.message.cc.length - 1
      return others > 0 && others < 12 ? { value: upTo(2, others) } : null
    },
  },
  {
    name: 'merge-field',
    family: 'pretence',
    leans: 'noise',
    text: 'A placeholder of its template was left in.',
    see: ({ reading }) => {
      const found = MERGE_FIELD.exec(reading.message.subject) ?? MERGE_FIELD.exec(reading.body)
      return when(found !== null, found ? [found[0]] : [])
    },
  },
  {
    name: 'emoji',
    family: 'form',
    leans: 'noise',
    text: 'It uses pictures as eye-catchers.',
    see: ({ reading }) => {
      const found = PICTURE.exec(reading.message.subject) ?? PICTURE.exec(reading.body.slice(0, 4000))
      return when(found !== null, found ? [found[0]] : [])
    },
  },
  {
    name: 'shouting',
    family: 'form',
    leans: 'noise',
    text: 'It shouts.',
    see: ({ reading }) => {
      const marks =
        (reading.message.subject.match(/!/g)?.length ?? 0) * 2 + (reading.body.slice(0, 4000).match(/!/g)?.length ?? 0)
      return marks > 1 ? { value: upTo(6, marks) } : null
    },
  },
  {
    name: 'masked-link',
    family: 'pretence',
    leans: 'noise',
    text: 'A link shows one address and leads to another.',
    see: ({ reading }) => {
      const masked = reading.html?.links.find((link) => isMasked(link.text, link.host))
      return when(masked !== undefined, masked ? [masked.text.slice(0, 80)] : [])
    },
  },
  {
    name: 'very-short',
    family: 'form',
    leans: 'either',
    text: 'It is only a line or two.',
    see: ({ reading }) => when(reading.words.length > 0 && reading.words.length < 25),
  },
  {
    name: 'long-letter',
    family: 'form',
    leans: 'either',
    text: 'It is a long letter.',
    see: ({ reading }) => (reading.words.length > 120 ? { value: upTo(250, reading.words.length - 120) } : null),
  },
  {
    name: 'attachment',
    family: 'form',
    leans: 'either',
    text: 'Something is attached.',
    see: ({ reading }) =>
      when(
        reading.message.attachments.length > 0,
        reading.message.attachments
          .slice(0, 2)
          .map((file) => file.filename)
          .filter(Boolean),
      ),
  },
  {
    name: 'calendar',
    family: 'automatic',
    leans: 'either',
    text: 'It carries a calendar entry.',
    see: ({ reading }) => when(reading.message.calendars.length > 0),
  },
  {
    name: 'plain-mail',
    family: 'form',
    leans: 'valuable',
    text: 'It is plain mail without design, links or traces of a tool.',
    see: ({ reading }) =>
      when(
        reading.linkHosts.length === 0 &&
          (reading.html?.images ?? 0) === 0 &&
          !reading.message.headers.has('list-unsubscribe'),
      ),
  },
]

function isMasked(shown: string, host: string): boolean {
  const claimed = hostOf(shown) || (/^[a-z0-9.-]+\.[a-z]{2,}$/i.test(shown) ? shown.toLowerCase() : '')
  return claimed !== '' && host !== '' && organisationOf(claimed) !== organisationOf(host)
}
