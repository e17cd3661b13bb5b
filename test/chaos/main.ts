import { parseArgs } from 'node:util'
import { report } from './report.ts'
import { type RunResult, runSeed } from './run.ts'

/** `npm run chaos -- --runs N [--seed S] [--short] [--parallel P]`: seeds S, S+1, …; exits 1 when an invariant broke. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    parallel: { type: 'string', default: '1' },
  },
})
const [runs, first] = [Number(values.runs), Number(values.seed)]
const seeds = Array.from({ length: runs }, (_, i) => first + i)
let failed = 0
async function work(): Promise<void> {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    const result = await runSeed(seed, values.short).catch((error: unknown) => unfinished(seed, error))
    if (result.broken.length > 0) failed += 1
    process.stdout.write(`${report(result, values.short)}\n`)
  }
}

/** A run that could not be carried out has shown nothing, which is a failure too; the other seeds go on. */
function unfinished(seed: number, error: unknown): RunResult {
  const broken = [`the run could not be carried out: ${String(error)}`]
  return { seed, broken, journal: [], settledAfterMs: 0, output: '' }
}

await Promise.all(Array.from({ length: Number(values.parallel) }, work))
process.stdout.write(`${runs} runs, ${failed} with broken invariants\n`)
process.exitCode = failed > 0 ? 1 : 0
