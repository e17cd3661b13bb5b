import { chooseLanguage, LANGUAGES, language } from '../preferences.ts'
import { texts } from '../texts/texts.ts'

export function LanguageChoice() {
  return (
    <label class="choice">
      <span>{texts.value.language}</span>
      <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
