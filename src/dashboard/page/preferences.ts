import { effect, signal } from '@preact/signals'

export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español' } as const
export type Language = keyof typeof LANGUAGES

const isLanguage = (code: string | null | undefined): code is Language =>
  code !== null && code !== undefined && code in LANGUAGES

/** The language the reader chose, else the first of their browser's that there is. */
function firstLanguage(): Language {
  const chosen = localStorage.getItem('worthwhile.language')
  if (isLanguage(chosen)) return chosen
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
}

export const language = signal<Language>(firstLanguage())
/** Whether single keys act (WCAG 2.1.4 wants them to be switched off on demand). */
export const keysOn = signal(localStorage.getItem('worthwhile.keys') !== 'off')
/** The account shown; '' for all. */
export const shownAccount = signal('')

export function chooseLanguage(code: string): void {
  if (!isLanguage(code)) return
  localStorage.setItem('worthwhile.language', code)
  language.value = code
}

effect(() => localStorage.setItem('worthwhile.keys', keysOn.value ? 'on' : 'off'))
