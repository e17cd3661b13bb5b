import { type Surroundings, sceneOf } from './classify.ts'
import type { Classification, Evidence } from './decision.ts'
import type { Scene } from './heuristics/heuristic.ts'
import type { Message } from './message.ts'
import { neverBuryReason } from './never-bury.ts'
import { readingOf } from './reading.ts'

export type Said = 'valuable' | 'noise'

/** What a reader's word is about: this one message, all mail of its sender, or all mail of its organisation's domain. */
export type Scope = 'message' | 'sender' | 'domain'

/** What the reader said before that bears on one message. */
export type Remembered = { readonly [S in Scope]?: Said }

/** Probabilities of a verdict that the reader gave themselves: nearly sure, since people change their minds. */
const TOLD: Record<Said, number> = { valuable: 0.98, noise: 0.02 }

const TEXTS: Record<Scope, Record<Said, string>> = {
  message: {
    valuable: 'You said that this message is worth your time.',
    noise: 'You said that this message is not worth your time.',
  },
  sender: {
    valuable: 'You said that this sender is worth your time.',
    noise: 'You said that this sender is not worth your time.',
  },
  domain: {
    valuable: "You said that mail of this sender's organisation is worth your time.",
    noise: "You said that mail of this sender's organisation is not worth your time.",
  },
}

/**
 * The reader's own word outranks the model at once, however sure that is; the narrowest scope first.
 * A good word about a sender counts only when the sender is proven. A bad word about a domain never buries what must be seen:
 * only a word about that very sender does.
 */
export function withCorrections(
  judged: Classification,
  remembered: Remembered,
  message: Message,
  around: Surroundings,
): Classification {
  const scopes = (['message', 'sender', 'domain'] as const).filter((scope) => remembered[scope] !== undefined)
  if (scopes.length === 0) return judged
  const scene = sceneOf(readingOf(message, around.reader), around)
  const scope = scopes.find((each) => applies(each, remembered[each], scene))
  const said = scope && remembered[scope]
  return scope && said ? corrected(judged, scope, said, message) : judged
}

function applies(scope: Scope, said: Said | undefined, scene: Scene): boolean {
  if (scope === 'message') return true
  if (said === 'valuable') return scene.standing.trusted
  return scope === 'sender' || neverBuryReason(scene) === null
}

function corrected(judged: Classification, scope: Scope, said: Said, message: Message): Classification {
  const logit = (p: number) => Math.log(p / (1 - p))
  const own: Evidence = {
    name: `you-said-${scope}`,
    weight: logit(TOLD[said]) - logit(Math.min(0.9999, Math.max(0.0001, judged.probability))),
    words: scope === 'message' || !message.from ? [] : [message.from.address],
    text: TEXTS[scope][said],
  }
  return { verdict: said, probability: TOLD[said], evidence: [own, ...judged.evidence] }
}
