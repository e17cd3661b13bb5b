import { useEffect, useState } from 'preact/hooks'
import { notice, say, takeBack, UNDO_MS } from '../feedback.ts'
import { texts } from '../texts/texts.ts'
import { Icon } from './icons.tsx'
import { ScopeChoice } from './scope-choice.tsx'

/** What was just done, for ten seconds; it waits while it is pointed at or used. */
export function NoticeBar() {
  const shown = notice.value
  const [held, hold] = useState(false)
  useEffect(() => {
    if (!shown || held) return
    const timer = setTimeout(() => {
      notice.value = null
    }, UNDO_MS)
    return () => clearTimeout(timer)
  }, [shown, held])
  return (
    <div class="notices" role={shown?.isProblem ? 'alert' : 'status'}>
      {shown && (
        <fieldset
          class={`notice${shown.isProblem ? ' problem' : ''}`}
          onMouseEnter={() => hold(true)}
          onMouseLeave={() => hold(false)}
          onFocusCapture={() => hold(true)}
          onBlurCapture={() => hold(false)}
        >
          <p>{shown.text}</p>
          <NoticeActions />
          <button type="button" class="plain" aria-label={texts.value.toast.dismiss} onClick={dismiss}>
            <Icon name="cross" />
          </button>
        </fieldset>
      )}
    </div>
  )
}

function dismiss(): void {
  notice.value = null
}

function NoticeActions() {
  const { decision, said, scope } = notice.value ?? {}
  if (!decision || !said || !scope) return null
  return (
    <>
      <ScopeChoice
        name="notice-scope"
        decision={decision}
        chosen={scope}
        choose={(wider) => say(decision, said, wider)}
      />
      <button type="button" class="button" onClick={() => takeBack(decision)}>
        <Icon name="undo" />
        {texts.value.act.undo}
      </button>
    </>
  )
}
