import type { Baseline } from './baseline.ts'
import type { Counts } from './counts.ts'
import { type Pair, pairOf } from './pairs.ts'

/** What one token says: log-odds for valuable. */
export interface Clue {
  readonly token: string
  /** By the shipped model alone. */
  readonly shipped: number
  /** What the reader's own counts change about it. */
  readonly learned: number
}

/** Shape of the model, fitted offline (`src/train`). */
export interface BayesShape {
  /** Messages' worth of weight that the shipped counts have against the reader's own. */
  readonly shippedStrength: number
  /** Messages added to every count, so that a rare token says little. */
  readonly smoothing: number
  /** Exponent by which the sum over n tokens is damped (0 = naive Bayes, 1 = mean): neighbours say the same twice. */
  readonly damping: number
}

/** Counter name of a token's pair, and of the totals. */
export const tokenName = (token: string): string => `w ${token}`
export const TOTAL_NAME = 'w'

/** Naive Bayes over distinct tokens (Boolean), the reader's counts laid over the shipped ones as a prior. */
export function cluesOf(tokens: readonly string[], counts: Counts, baseline: Baseline, shape: BayesShape): Clue[] {
  const learned = pairOf(counts.get(TOTAL_NAME))
  return tokens.map((token) => {
    const shippedPair = baseline.tokens.get(token) ?? NOTHING
    const own = pairOf(counts.get(tokenName(token)))
    const shipped = logOdds(shippedPair, baseline.totals, shape.smoothing)
    return { token, shipped, learned: learnedOver(shipped, shippedPair, own, learned, baseline, shape) }
  })
}

const NOTHING: Pair = { valuable: 0, noise: 0 }

function logOdds(pair: Pair, totals: Pair, smoothing: number): number {
  return Math.log(rate(pair.valuable, totals.valuable, smoothing) / rate(pair.noise, totals.noise, smoothing))
}

function rate(count: number, total: number, smoothing: number): number {
  return (count + smoothing) / (total + 2 * smoothing)
}

function learnedOver(
  shipped: number,
  shippedPair: Pair,
  own: Pair,
  totals: Pair,
  baseline: Baseline,
  shape: BayesShape,
): number {
  if (totals.valuable + totals.noise === 0) return 0
  const priorValuable = rate(shippedPair.valuable, baseline.totals.valuable, shape.smoothing) * shape.shippedStrength
  const priorNoise = rate(shippedPair.noise, baseline.totals.noise, shape.smoothing) * shape.shippedStrength
  const valuable = (own.valuable + priorValuable) / (totals.valuable + shape.shippedStrength)
  const noise = (own.noise + priorNoise) / (totals.noise + shape.shippedStrength)
  return Math.log(valuable / noise) - shipped
}

/** What the sum over `n` tokens is multiplied by. */
export function dampingOf(n: number, shape: BayesShape): number {
  return n === 0 ? 0 : n ** -shape.damping
}
