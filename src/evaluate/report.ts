import { isStranger, type Measures, measure, type Scored } from './score.ts'

const COLUMNS = ['n', 'lost', 'caught', 'leaked', 'unsure', 'roc', 'lam', 'ece'] as const

/** A table of all, hard and stranger messages; shares in percent, `roc` = 1-ROCA %. */
export function reportLines(title: string, scored: readonly Scored[]): string[] {
  const groups: [string, readonly Scored[]][] = [
    ['all', scored],
    ['hard', scored.filter(({ hard }) => hard)],
    ['strangers', scored.filter(isStranger)],
  ]
  const head = `${title.padEnd(44)}${COLUMNS.map((name) => name.padStart(8)).join('')}`
  return [head, ...groups.filter(([, items]) => items.length > 0).map(([name, items]) => row(name, measure(items)))]
}

/** One line of figures. */
export function row(name: string, measures: Measures): string {
  return `${name.padEnd(44)}${COLUMNS.map((column) => figure(measures[column]).padStart(8)).join('')}`
}

function figure(value: number): string {
  return Number.isNaN(value) ? '-' : Number.isInteger(value) ? String(value) : value.toFixed(2)
}
