import { cluesOf, dampingOf } from '../core/bayes.ts'
import { type Surroundings, sceneOf } from '../core/classify.ts'
import { HEURISTICS } from '../core/heuristics/table.ts'
import type { Message } from '../core/message.ts'
import { readingOf } from '../core/reading.ts'
import { tokensOf } from '../core/tokens.ts'

/** Names of the columns of a feature row: every heuristic, then the words as shipped and as learned. */
export const COLUMNS: readonly string[] = [...HEURISTICS.map(({ name }) => name), 'words', 'learned-words']

/** Sign each weight may have: 1, -1, or 0 for either. */
export const SIGNS: readonly number[] = [
  ...HEURISTICS.map(({ leans }) => (leans === 'valuable' ? 1 : leans === 'noise' ? -1 : 0)),
  1,
  1,
]

/** What each weight is multiplied with for this message: the same numbers that `classify` adds up. */
export function featuresOf(message: Message, around: Surroundings): Float64Array {
  const reading = readingOf(message, around.reader)
  const scene = sceneOf(reading, around)
  const row = new Float64Array(COLUMNS.length)
  HEURISTICS.forEach(({ see }, at) => {
    row[at] = see(scene)?.value ?? 0
  })
  const { words } = around.settings
  const tokens = tokensOf(reading)
  const damping = dampingOf(tokens.length, words)
  for (const clue of cluesOf(tokens, around.knowledge.counts, around.baseline, words)) {
    row[COLUMNS.length - 2]! += damping * clue.shipped
    row[COLUMNS.length - 1]! += damping * clue.learned
  }
  return row
}
