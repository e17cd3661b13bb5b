import { signal } from '@preact/signals'
import { keysOn } from '../preferences.ts'
import { texts } from '../texts/texts.ts'
import { Dialog } from './dialog.tsx'

export const helpShown = signal(false)

export function HelpDialog() {
  const t = texts.value.keys
  if (!helpShown.value) return null
  return (
    <Dialog title={t.title} close={() => (helpShown.value = false)}>
      <dl class="keys">
        {t.list.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="tick">
        <input
          type="checkbox"
          checked={keysOn.value}
          onChange={(event) => (keysOn.value = event.currentTarget.checked)}
        />
        <span>{t.on}</span>
      </label>
      <p class="quiet">{t.about}</p>
    </Dialog>
  )
}
