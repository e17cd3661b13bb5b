import { type Surroundings, sceneOf } from '../core/classify.ts'
import { HEURISTICS } from '../core/heuristics/table.ts'
import type { Message } from '../core/message.ts'
import { readingOf } from '../core/reading.ts'
import { sumOf, wordAccounts } from '../core/word-account.ts'

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
  const accounts = wordAccounts(reading, around)
  row[COLUMNS.length - 2] = sumOf(accounts.shipped)
  row[COLUMNS.length - 1] = sumOf(accounts.learned)
  return row
}
