import type { BayesShape } from './bayes.ts'
import { HEURISTICS } from './heuristics/table.ts'

/** Everything about the classifier that is a number and not code. Defaults: config/heuristics.yaml. */
export interface ClassifierSettings {
  /** Probabilities, 0..1: below `noiseBelow` a message is noise, from `valuableFrom` on valuable, between them unsure. */
  readonly thresholds: { readonly noiseBelow: number; readonly valuableFrom: number }
  /** Log-odds of a heuristic at full strength, by name. A heuristic without a weight counts nothing. */
  readonly weights: Readonly<Record<string, number>>
  /** Log-odds a message starts with. */
  readonly bias: number
  readonly words: BayesShape & {
    /** Weight of what the shipped counts say, and of what the reader's own do. */
    readonly shippedWeight: number
    readonly learnedWeight: number
  }
}

/** Messages' worth; see BayesShape. */
const WORDS = [
  'smoothing',
  'damping',
  'learnedSmoothing',
  'learnedDamping',
  'learnedLeast',
  'learnedHalf',
  'shippedWeight',
  'learnedWeight',
] as const

/**
 * Reads settings from parsed YAML.
 * @throws Error that lists every problem with its place.
 */
export function parseClassifierSettings(yamlObject: unknown): ClassifierSettings {
  const problems: string[] = []
  const root = section(yamlObject, 'classifier settings', problems)
  const thresholds = section(root.thresholds, 'thresholds', problems)
  const words = section(root.words, 'words', problems)
  const settings = {
    thresholds: {
      noiseBelow: number(thresholds.noiseBelow, 'thresholds.noiseBelow', problems, 0, 1),
      valuableFrom: number(thresholds.valuableFrom, 'thresholds.valuableFrom', problems, 0, 1),
    },
    weights: weightsOf(root.weights, problems),
    bias: number(root.bias, 'bias', problems, -20, 20),
    words: Object.fromEntries(WORDS.map((name) => [name, number(words[name], `words.${name}`, problems, 0, 100_000)])),
  }
  if (settings.thresholds.noiseBelow > settings.thresholds.valuableFrom)
    problems.push('thresholds.noiseBelow must not be above thresholds.valuableFrom')
  if (problems.length > 0) throw new Error(`classifier settings: ${problems.join('; ')}`)
  return settings as unknown as ClassifierSettings
}

function section(value: unknown, place: string, problems: string[]): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  problems.push(`${place} must be a mapping`)
  return {}
}

function number(value: unknown, place: string, problems: string[], least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  problems.push(`${place} must be a number from ${least} to ${most}`)
  return 0
}

function weightsOf(value: unknown, problems: string[]): Record<string, number> {
  const known = new Set(HEURISTICS.map(({ name }) => name))
  const weights: Record<string, number> = {}
  for (const [name, weight] of Object.entries(section(value, 'weights', problems))) {
    if (!known.has(name)) problems.push(`weights.${name}: there is no such heuristic`)
    else weights[name] = number(weight, `weights.${name}`, problems, -20, 20)
  }
  return weights
}
