import type { Reading } from '../reading.ts'
import type { Heuristic } from './heuristic.ts'
import { upTo } from './heuristic.ts'

const WE = new Set(
  "we our us ours we're we've we'll wir uns unser unsere unseren unserer unserem unseres nous notre nos nosotros nuestro nuestra nuestros nuestras somos".split(
    ' ',
  ),
)
const YOU = new Set(
  "you your yours you're you've you'll sie ihr ihre ihren ihrem ihrer ihnen du dich dir dein deine deinen vous votre vos tu te ton ta tes usted ustedes su sus ti tus".split(
    ' ',
  ),
)
const SELF = new Set(
  "i my me i'm i've i'd i'll ich mich mir mein meine meinen je j'ai mon ma mes moi yo mi mis me he".split(' '),
)
/** A number with a unit, a date, an identifier: something that can be checked. Percentages are left to the sellers. */
const SPECIFIC =
  /\b(?:[A-Z]{2,}[-/ ]?\d[\w./-]{1,20}|\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?|\d+[.,]\d+|\d{1,2}[.:h]\d{2}|\d{1,2}[./]\d{1,2}[./]?(?:\d{2,4})?|v\d+(?:\.\d+)*|(?:p|pp|no|nr|art|fig|tab)\.\s?\d+|§+\s?\d+|#\d+|\d+\s?(?:mm|cm|m|km|kg|t|kw|kwh|mw|°c|bar|v|a|hz|gb|mb|ms|ml|l)\b)/gi
const PERCENT = /\d+(?:[.,]\d+)?\s?(?:%|percent|prozent|pour cent|por ciento)|\b\d+x\b|\b\d{2,3}\+/gi

/** What it says and of whom it talks. */
export const substance: readonly Heuristic[] = [
  {
    name: 'question-to-you',
    family: 'substance',
    leans: 'valuable',
    text: 'It asks you a real question.',
    see: ({ reading }) => {
      const real = reading.questions.filter((question) => !question.sells)
      return real.length > 0
        ? { value: upTo(2, real.length), words: real.slice(0, 2).map((question) => question.text) }
        : null
    },
  },
  {
    name: 'selling-question',
    family: 'sales',
    leans: 'noise',
    text: 'Its question only asks for your time or interest.',
    see: ({ reading }) => {
      const selling = reading.questions.filter((question) => question.sells)
      return selling.length > 0 ? { value: 1, words: selling.slice(0, 2).map((question) => question.text) } : null
    },
  },
  {
    name: 'specifics',
    family: 'substance',
    leans: 'valuable',
    text: 'It names facts that can be checked.',
    see: ({ reading }) => {
      const found = reading.body.slice(0, 8000).match(SPECIFIC) ?? []
      return found.length > 0 ? { value: upTo(6, new Set(found).size), words: [...new Set(found)].slice(0, 5) } : null
    },
  },
  {
    name: 'round-claims',
    family: 'sales',
    leans: 'noise',
    text: 'It promises percentages and multiples.',
    see: ({ reading }) => {
      const found = reading.body.slice(0, 8000).match(PERCENT) ?? []
      return found.length > 0 ? { value: upTo(3, found.length), words: [...new Set(found)].slice(0, 4) } : null
    },
  },
  {
    name: 'about-themselves',
    family: 'sales',
    leans: 'noise',
    text: 'It speaks of "we" and "our".',
    see: ({ reading }) => shareOf(reading, WE, 0.06),
  },
  {
    name: 'about-you',
    family: 'substance',
    leans: 'either',
    text: 'It speaks to you and of you.',
    see: ({ reading }) => shareOf(reading, YOU, 0.08),
  },
  {
    name: 'first-person',
    family: 'substance',
    leans: 'either',
    text: 'A person speaks for themselves.',
    see: ({ reading }) => shareOf(reading, SELF, 0.06),
  },
]

/** Share of a word set among the words, 1 at `full`; at least ten words are assumed so that two words make no profile. */
function shareOf(reading: Reading, set: ReadonlySet<string>, full: number) {
  const found = reading.words.filter((word) => set.has(word.text))
  if (found.length === 0) return null
  const words = [...new Set(found.map((word) => reading.body.slice(word.start, word.end)))].slice(0, 4)
  return { value: upTo(full, found.length / Math.max(20, reading.words.length)), words }
}
