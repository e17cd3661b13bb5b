import { PorterStemmer, PorterStemmerDe, PorterStemmerEs, PorterStemmerFr } from 'natural/lib/natural/stemmers/index.js'
import { MAX_WORDS } from './limits.ts'

export type Language = 'en' | 'de' | 'fr' | 'es' | 'other'

export interface Word {
  /** Lower case, typographic apostrophes made plain. */
  readonly text: string
  /** Offsets in the text it was read from. */
  readonly start: number
  readonly end: number
  /** Stem in the text's language. */
  readonly stem: string
}

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu
const LONGEST_WORD = 40

const STOPWORDS: Record<Exclude<Language, 'other'>, ReadonlySet<string>> = {
  en: wordSet(`the and of to you your is are for this that with have has was will be not but on we our it i in at from if can they do would an as or
    their what there which about all so been when who i'm it's don't`),
  de: wordSet(`der die das und ist nicht sie ihr ihre ihren wir mit für von zu den dem ein eine einen auf haben hat bei auch wie aber oder es ich im am
    zum zur werden wird sind als noch bitte uns unser unsere nach über dass`),
  fr: wordSet(`le la les et est vous votre vos nous notre nos des du une un pour dans avec sur pas ne que qui je ce cette au aux par plus sont avez
    être c'est d'une l'on j'ai qu'il merci bonjour à été`),
  es: wordSet(`el la los las y es su sus nosotros nuestro nuestra del una un para con por en no que se lo como más pero le les ha han está usted
    este esta al si muy gracias hola sobre también`),
}

const STEMMERS = { en: PorterStemmer, de: PorterStemmerDe, fr: PorterStemmerFr, es: PorterStemmerEs }
const stems = {
  en: new Map<string, string>(),
  de: new Map<string, string>(),
  fr: new Map<string, string>(),
  es: new Map<string, string>(),
}
const STEMS_KEPT = 20_000

function wordSet(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/))
}

/** Words of a text in any script with their stems, at most `limit`; URLs and addresses must have been taken out before. */
export function wordsOf(text: string, limit = MAX_WORDS, language?: Language): { words: Word[]; language: Language } {
  const found: { text: string; start: number; end: number; stem: string }[] = []
  for (const one of text.matchAll(WORD)) {
    const raw = one[0]
    if (raw.length > LONGEST_WORD) continue
    const lower = raw.toLowerCase()
    const plain = lower.includes('’') ? lower.replaceAll('’', "'") : lower
    found.push({ text: plain, start: one.index, end: one.index + raw.length, stem: plain })
    if (found.length >= limit) break
  }
  const spoken = language ?? languageOf(found)
  for (const word of found) word.stem = stemOf(word.text, spoken)
  return { words: found, language: spoken }
}

/** Words looked at to tell the language. */
const LANGUAGE_WORDS = 150

/** The language most of the function words belong to; 'other' when too few are known. */
export function languageOf(words: readonly { readonly text: string }[]): Language {
  const seen = { en: 0, de: 0, fr: 0, es: 0 }
  const looked = words.slice(0, LANGUAGE_WORDS)
  for (const { text } of looked) for (const language of SPOKEN_BY.get(text) ?? []) seen[language]++
  const best = LANGUAGES.reduce((a, b) => (seen[b] > seen[a] ? b : a))
  return seen[best] >= 2 && seen[best] >= looked.length / 25 ? best : 'other'
}

const LANGUAGES = ['en', 'de', 'fr', 'es'] as const

/** Words too common in any of the four languages to say anything by themselves. */
export function isStopword(word: string): boolean {
  return SPOKEN_BY.has(word)
}

/** Function word -> the languages it belongs to. */
const SPOKEN_BY = new Map<string, Exclude<Language, 'other'>[]>()
for (const language of LANGUAGES) {
  for (const word of STOPWORDS[language]) SPOKEN_BY.set(word, [...(SPOKEN_BY.get(word) ?? []), language])
}

/** The word's stem in its language; remembered, since stemming costs more than looking up. */
export function stemOf(word: string, language: Language): string {
  if (language === 'other' || word.length < 4 || word.length > 30) return word
  const known = stems[language].get(word)
  if (known !== undefined) return known
  const stem = STEMMERS[language].stem(word)
  if (stems[language].size >= STEMS_KEPT) stems[language].clear()
  stems[language].set(word, stem)
  return stem
}
