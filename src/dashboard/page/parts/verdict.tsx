import { accountOf } from '../accounts.ts'
import type { Decision } from '../contract.ts'
import { texts } from '../texts/texts.ts'
import { Icon } from './icons.tsx'

/** What became of a message, in words. */
export function outcome({ verdict, moved, account, undoneAt }: Decision): string {
  const words = texts.value.verdict
  if (undoneAt !== undefined) return words.undone
  if (verdict !== 'noise' || moved) return words[verdict]
  return accountOf(account)?.mode === 'observe' ? words.noiseObserved : words.noiseStayed
}

export function VerdictTag({ decision }: { decision: Decision }) {
  return (
    <span class={`verdict ${decision.verdict}`}>
      <Icon name={decision.verdict} />
      {outcome(decision)}
    </span>
  )
}
