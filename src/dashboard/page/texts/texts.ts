import { signal } from '@preact/signals'
import type { Evidence } from '../contract.ts'
import { type Language, language } from '../preferences.ts'
import { ServiceProblem } from '../service.ts'
import { en, type Texts } from './en.ts'

const LOADERS: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => en,
  de: async () => (await import('./de.ts')).de,
  fr: async () => (await import('./fr.ts')).fr,
  es: async () => (await import('./es.ts')).es,
}

/** Every word of the page in the reader's language. */
export const texts = signal<Texts>(en)

/** Fetches the texts of a language and shows them; those before stay when they cannot be had. */
export async function loadTexts(code: Language): Promise<void> {
  const loaded = await LOADERS[code]()
  if (language.value !== code) return
  texts.value = loaded
  document.documentElement.lang = code
}

/** What a piece of evidence says, in the reader's language where it is known. */
export function sentenceOf({ name, text }: Pick<Evidence, 'name' | 'text'>): string {
  const { evidence } = texts.value
  return evidence[text] ?? evidence[name] ?? text
}

/** What went wrong, in plain words. */
export function plainWords(error: unknown): string {
  const known: Readonly<Record<string, string>> = texts.value.errors
  const code = error instanceof ServiceProblem ? error.code : 'UNKNOWN'
  return known[code] ?? texts.value.errors.UNKNOWN
}
