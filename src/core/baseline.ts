import type { Pair } from './pairs.ts'
import { TOKENIZER_VERSION } from './tokens.ts'

/** The shipped model: in how many training messages of each kind a token occurred. */
export interface Baseline {
  readonly totals: Pair
  readonly tokens: ReadonlyMap<string, Pair>
  /** Language -> damped sum of the words of a message half way between the kinds: languages lean differently as a whole. */
  readonly centres: Readonly<Record<string, number>>
}

/** A model that knows nothing. */
export const EMPTY_BASELINE: Baseline = { totals: { valuable: 0, noise: 0 }, tokens: new Map(), centres: {} }

interface StoredBaseline {
  tokenizer: number
  totals: [valuable: number, noise: number]
  /** `token -> [valuable, noise]` */
  tokens: Record<string, [number, number]>
  centres: Record<string, number>
}

/**
 * Reads the shipped model from its JSON.
 * @throws Error when it is not one, or was trained with another tokenizer.
 */
export function parseBaseline(json: unknown): Baseline {
  if (!isStored(json)) throw new Error('baseline model: expected {tokenizer, totals, tokens, centres}')
  if (json.tokenizer !== TOKENIZER_VERSION) {
    throw new Error(
      `baseline model: trained with tokenizer ${json.tokenizer}, this is ${TOKENIZER_VERSION}; run npm run train`,
    )
  }
  const tokens = new Map<string, Pair>()
  for (const [token, pair] of Object.entries(json.tokens)) tokens.set(token, toPair(pair))
  return { totals: toPair(json.totals), tokens, centres: json.centres }
}

/** The JSON form of a baseline, tokens in order, one form for one model. */
export function storedBaseline(baseline: Baseline): StoredBaseline {
  const rows = [...baseline.tokens].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    tokenizer: TOKENIZER_VERSION,
    totals: [baseline.totals.valuable, baseline.totals.noise],
    centres: baseline.centres,
    tokens: Object.fromEntries(rows.map(([token, pair]) => [token, [pair.valuable, pair.noise]])),
  }
}

function isStored(json: unknown): json is StoredBaseline {
  if (typeof json !== 'object' || json === null) return false
  const { tokenizer, totals, tokens, centres } = json as Partial<StoredBaseline>
  return (
    typeof tokenizer === 'number' &&
    Array.isArray(totals) &&
    [tokens, centres].every((part) => typeof part === 'object' && part !== null)
  )
}

function toPair(pair: unknown): Pair {
  if (!Array.isArray(pair) || !Number.isInteger(pair[0]) || !Number.isInteger(pair[1]) || pair[0] < 0 || pair[1] < 0) {
    throw new Error(`baseline model: ${JSON.stringify(pair)} is no pair of counts`)
  }
  return { valuable: pair[0], noise: pair[1] }
}
