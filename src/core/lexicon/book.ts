import { phraseBook } from '../phrases.ts'
import { german } from './de.ts'
import { english } from './en.ts'
import { spanish } from './es.ts'
import { french } from './fr.ts'

/** All languages in one book: executives' mail mixes them, and a phrase of one language hardly occurs in another. */
export const lexicon = phraseBook([english, german, french, spanish])

/** Every concept the lexicons know, in a stable order. */
export const CONCEPTS: readonly string[] = [
  ...new Set([english, german, french, spanish].flatMap((one) => Object.keys(one))),
].sort()
