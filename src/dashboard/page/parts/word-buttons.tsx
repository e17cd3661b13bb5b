import type { Decision, Said, Scope } from '../contract.ts'
import { say, sending } from '../feedback.ts'
import { texts } from '../texts/texts.ts'
import { Icon } from './icons.tsx'
import { subjectText } from './quoted.tsx'

interface Props {
  readonly decision: Decision
  readonly said: Said
  readonly scope?: Scope
  /** Other words for the button, as for confirming a verdict. */
  readonly label?: string
}

/** One tap: worth my time, or not. */
export function WordButton({ decision, said, scope = 'message', label = texts.value.act[said] }: Props) {
  return (
    <button
      type="button"
      class={`word ${said}`}
      aria-label={texts.value.act.of(label, subjectText(decision.subject))}
      aria-pressed={decision.feedback?.verdict === said}
      disabled={sending.value.has(decision.id)}
      onClick={() => say(decision, said, scope)}
    >
      <Icon name={said === 'valuable' ? 'check' : 'cross'} />
      <span>{label}</span>
    </button>
  )
}
