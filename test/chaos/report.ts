import type { RunResult } from './run.ts'
import { scriptOf } from './script.ts'

/** A line about a run; for a failed one everything that was done, and how to do it again. */
export function report({ seed, broken, journal, settledAfterMs, output }: RunResult, short: boolean): string {
  const { profile, separator, faults } = scriptOf(seed, short)
  const kinds = faults.map((fault) => fault.kind + ('target' in fault ? `:${fault.target}` : '')).join(' ')
  const line = `seed ${seed} ${profile}${separator} settled after ${settledAfterMs} ms  [${kinds}]`
  if (broken.length === 0) return `ok     ${line}`
  const again = `npm run chaos -- --runs 1 --seed ${seed}${short ? ' --short' : ''}`
  const parts = [`BROKEN ${line}`, ...broken, 'What was done:', ...journal, `Again: ${again}`]
  return [...parts, 'The last the service wrote:', output.slice(-4_000)].join('\n')
}
