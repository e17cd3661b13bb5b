import { useSignal } from '@preact/signals'
import { Icon, Mark } from '../parts/icons.tsx'
import { LanguageChoice } from '../parts/language-choice.tsx'
import { ServiceProblem } from '../service.ts'
import { expired, signIn } from '../session.ts'
import { plainWords, texts } from '../texts/texts.ts'

/** Asks for the token once. */
export function SignIn() {
  const t = texts.value.signIn
  const problem = useSignal(expired.value ? t.expired : '')
  const busy = useSignal(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    busy.value = true
    try {
      await signIn(String(form.get('token')).trim(), form.get('stay') === 'on')
    } catch (error) {
      const isRefused = error instanceof ServiceProblem && error.code === 'UNAUTHORIZED'
      problem.value = isRefused ? t.refused : plainWords(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <main class="sign-in">
      <div class="brand">
        <Mark /> Worthwhile
      </div>
      <h1>{t.title}</h1>
      <p class="lead">{t.lead}</p>
      <form onSubmit={submit} aria-busy={busy.value}>
        <label class="field">
          <span>{t.token}</span>
          <input
            name="token"
            type="password"
            required
            autocomplete="current-password"
            spellcheck={false}
            aria-invalid={problem.value !== ''}
            aria-describedby={problem.value ? 'sign-in-problem' : undefined}
          />
        </label>
        <p class="problem" id="sign-in-problem" role="alert">
          {problem.value}
        </p>
        <label class="tick">
          <input name="stay" type="checkbox" />
          <span>
            {t.stay}
            <small>{t.stayHint}</small>
          </span>
        </label>
        <button type="submit" class="button primary" disabled={busy.value}>
          <Icon name="check" />
          {busy.value ? t.checking : t.go}
        </button>
      </form>
      <LanguageChoice />
    </main>
  )
}
