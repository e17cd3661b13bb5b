import type { Decision, Scope } from '../contract.ts'
import { inert } from '../inert.ts'
import { senderOf } from '../sender.ts'
import { texts } from '../texts/texts.ts'

const DOMAIN_LENGTH = 40

interface Props {
  readonly name: string
  readonly decision: Decision
  readonly chosen: Scope
  readonly choose: (scope: Scope) => void
}

/** What a word goes for: the message, its sender, its domain. */
export function ScopeChoice({ name, decision, chosen, choose }: Props) {
  const { address, domain } = senderOf(decision.from)
  const { scope } = texts.value
  const options: [Scope, string][] = [['message', scope.message]]
  if (address) options.push(['sender', scope.sender])
  if (domain) options.push(['domain', scope.domain(inert(domain, DOMAIN_LENGTH))])
  return (
    <fieldset class="segments">
      <legend>{scope.label}</legend>
      {options.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name={name} value={value} checked={chosen === value} onChange={() => choose(value)} />
          <span>
            <bdi>{label}</bdi>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
