import { COLUMNS } from './features.ts'
import type { Example } from './regression.ts'

/** Messages' worth of evidence that a language leans like all others. */
const SHRINKAGE = 15
const WORDS = COLUMNS.indexOf('words')

/** For each language the damped word sum half way between its valuable messages and its noise, so that a language as a whole leans nowhere. */
export function centresOf(examples: readonly Example[]): Record<string, number> {
  const languages = [...new Set(examples.map(({ language }) => language))].sort()
  return Object.fromEntries(
    languages.map((language) => [language, centreOf(examples.filter((one) => one.language === language))]),
  )
}

function centreOf(examples: readonly Example[]): number {
  const mean = (kind: boolean) => {
    const mine = examples.filter(({ valuable }) => valuable === kind)
    const total = mine.reduce((sum, { weight }) => sum + weight, 0)
    return mine.reduce((sum, { row, weight }) => sum + weight * (row[WORDS] ?? 0), 0) / (total + SHRINKAGE)
  }
  return Math.round(500 * (mean(true) + mean(false))) / 1000
}

/** The example with its language's centre taken off. */
export function centred(example: Example, centres: Readonly<Record<string, number>>): Example {
  const row = Float64Array.from(example.row)
  if (row[WORDS] !== 0) row[WORDS] = (row[WORDS] ?? 0) - (centres[example.language] ?? 0)
  return { ...example, row }
}
