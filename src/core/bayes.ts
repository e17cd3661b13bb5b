import type { Baseline } from './baseline.ts'
import type { Counts } from './counts.ts'
import { names } from './names.ts'
import { type Pair, pairOf } from './pairs.ts'

/** What one token says: log-odds for valuable. */
export interface Clue {
  readonly token: string
  readonly weight: number
}

/** Shape of the model, fitted offline (`src/train`). */
export interface BayesShape {
  /** Messages added to every shipped count, so that a rare token says little. */
  readonly smoothing: number
  /** Exponent by which the sum over n tokens is damped (0 = naive Bayes, 1 = mean): neighbours say the same twice. */
  readonly damping: number
  /** Messages added to every count of the reader's own; small, since their own mail is the best witness. */
  readonly learnedSmoothing: number
  readonly learnedDamping: number
  /** Learned tokens that say less than this are left out: they are many, and mostly chance. */
  readonly learnedLeast: number
  /** Messages the reader must have judged until their own words count half of `learnedWeight`; far fewer count next to nothing. */
  readonly learnedHalf: number
}

/** Counter name of a token's pair, and of the totals. */
export const tokenName = (token: string): string => `w ${token}`
export const TOTAL_NAME = 'w'

/** Probabilities are kept this far from certainty. */
const LEAST = 1e-5

/** Naive Bayes by the shipped model over distinct tokens (Boolean). Tokens it never saw say nothing. */
export function shippedClues(tokens: readonly string[], baseline: Baseline, shape: BayesShape): Clue[] {
  const clues: Clue[] = []
  for (const token of tokens) {
    const pair = baseline.tokens.get(token)
    if (pair) clues.push({ token, weight: logOdds(pair, baseline.totals, shape.smoothing) })
  }
  return clues
}

function logOdds(pair: Pair, totals: Pair, smoothing: number): number {
  return Math.log(rate(pair.valuable, totals.valuable, smoothing) / rate(pair.noise, totals.noise, smoothing))
}

function rate(count: number, total: number, smoothing: number): number {
  return (count + smoothing) / (total + 2 * smoothing)
}

/** Naive Bayes by the reader's own judgements, with Robinson's degree of belief; nothing until both kinds were judged. */
export function learnedClues(tokens: readonly string[], counts: Counts, shape: BayesShape): Clue[] {
  const totals = pairOf(counts.get(TOTAL_NAME))
  if (totals.valuable === 0 || totals.noise === 0) return []
  const clues: Clue[] = []
  for (const token of tokens) {
    const count = counts.get(tokenName(token))
    const weight = count ? belief(pairOf(count), totals, shape.learnedSmoothing) : 0
    if (Math.abs(weight) >= shape.learnedLeast) clues.push({ token, weight })
  }
  return clues
}

/** Robinson's f(w) as log-odds: the share among equally frequent classes, drawn to even by `smoothing` messages. */
function belief(pair: Pair, totals: Pair, smoothing: number): number {
  const seen = pair.valuable + pair.noise
  if (seen === 0) return 0
  const valuable = pair.valuable / totals.valuable
  const share = valuable / (valuable + pair.noise / totals.noise)
  const p = (smoothing / 2 + seen * share) / (smoothing + seen)
  return Math.log(Math.max(LEAST, p) / Math.max(LEAST, 1 - p))
}

/** What the sum over `n` clues is multiplied by. */
export function dampingOf(n: number, exponent: number): number {
  return n === 0 ? 0 : n ** -exponent
}

/** Without sent mail nothing else is known of the reader, so their judgements carry this much earlier. */
const SOLE_WITNESS = 0.2

/** 0..1: how far the reader's own judgements carry, by their number; next to nothing at first, then quickly all the way. */
export function experienceOf(counts: Counts, shape: BayesShape): number {
  const { valuable, noise } = pairOf(counts.get(TOTAL_NAME))
  const half = shape.learnedHalf * ((counts.get(names.sent) ?? 0) > 0 ? 1 : SOLE_WITNESS)
  return (valuable + noise) ** STEEPNESS / ((valuable + noise) ** STEEPNESS + half ** STEEPNESS)
}

const STEEPNESS = 4
