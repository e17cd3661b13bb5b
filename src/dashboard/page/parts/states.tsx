import type { ComponentChildren } from 'preact'
import { plainWords, texts } from '../texts/texts.ts'

/** A quiet picture of rows to come. */
export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">{texts.value.loading}</span>
      {[0, 1, 2, 3].map((row) => (
        <div class="skeleton" key={row} aria-hidden="true" />
      ))}
    </div>
  )
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <div class="empty" role="alert">
      <h2>{texts.value.loadFailed}</h2>
      <p>{plainWords(error)}</p>
      <button type="button" class="button" onClick={retry}>
        {texts.value.retry}
      </button>
    </div>
  )
}
