import type { Decision, Evidence } from './contract.ts'

/** Evidence that tells of the language in general, or of single words, and so says little of this very message. */
const saysLittle = ({ name }: Evidence) => name === 'language' || name.startsWith('words-')

/** The account of one verdict in log-odds: what spoke for the message and what against it. */
export interface Balance {
  readonly evidence: readonly Evidence[]
  /** Sum of all that speaks for it, at least 0. */
  readonly for: number
  /** Sum of all that speaks against it, at least 0. */
  readonly against: number
  /** What evidence does not account for: the starting point, and evidence too small to be kept. */
  readonly start: number
  /** The largest single weight, above 0: the full length of a bar. */
  readonly largest: number
  /** The strongest evidence that speaks against the verdict; undefined when there is none. */
  readonly opposing: Evidence | undefined
}

/** 1 when the verdict is that the message is valuable, -1 when noise; unsure leans to the nearer side. */
export function side({ verdict, probability }: Pick<Decision, 'verdict' | 'probability'>): 1 | -1 {
  if (verdict === 'unsure') return probability >= 0.5 ? 1 : -1
  return verdict === 'valuable' ? 1 : -1
}

export function balanceOf(decision: Pick<Decision, 'verdict' | 'probability' | 'evidence'>): Balance {
  const evidence = [...decision.evidence].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
  const sum = (sign: 1 | -1) => evidence.reduce((total, { weight }) => total + Math.max(0, weight * sign), 0)
  const [pro, contra] = [sum(1), sum(-1)]
  const start = logit(decision.probability) - pro + contra
  const judged = side(decision)
  return {
    evidence,
    for: pro,
    against: contra,
    start,
    largest: Math.max(0.01, Math.abs(start), ...evidence.map(({ weight }) => Math.abs(weight))),
    opposing: mostTelling(evidence.filter(({ weight }) => weight * judged < 0)),
  }
}

/**
 * The one piece of evidence that a list gives as the reason: the strongest that speaks for the verdict, single words
 * only when there is nothing that says more. Undefined when nothing speaks for the verdict.
 */
export function reasonOf(decision: Pick<Decision, 'verdict' | 'probability' | 'evidence'>): Evidence | undefined {
  const judged = side(decision)
  const speaking = decision.evidence.filter(({ weight }) => weight * judged > 0)
  return mostTelling(speaking.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)))
}

/** Of evidence in order, the first that says something of this very message; else the first but a language's. */
function mostTelling(sorted: readonly Evidence[]): Evidence | undefined {
  return sorted.find((one) => !saysLittle(one)) ?? sorted.find(({ name }) => name !== 'language')
}

function logit(probability: number): number {
  const p = Math.min(0.9999, Math.max(0.0001, probability))
  return Math.log(p / (1 - p))
}
