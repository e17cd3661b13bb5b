import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadBaseline, loadClassifierSettings } from '../settings/classifier-files.ts'
import { evaluate, predictionsCsv } from './evaluate.ts'
import { explainFile } from './explain.ts'
import { loadJudgedInbox } from './judged-inbox.ts'
import { MODES, type Mode } from './replay.ts'
import { reportLines } from './report.ts'

/**
 * `npm run evaluate -- DIR [--mode cold|taught|corrected] [--out FILE.csv] [--explain FILE]`: the shipped classifier on a judged inbox.
 * Counters are kept in memory, so no server is needed; they answer the same questions as the Redis store.
 */
const USAGE = 'usage: npm run evaluate -- DIR [--mode cold|taught|corrected] [--out FILE.csv] [--explain FILE]'

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { mode: { type: 'string', default: 'cold' }, out: { type: 'string' }, explain: { type: 'string' } },
  })
  const directory = positionals[0]
  const mode = MODES.find((known) => known === values.mode)
  if (!directory || positionals.length > 1 || !mode) throw new Error(USAGE)
  await run(directory, mode, values.out, values.explain)
}

async function run(directory: string, mode: Mode, out: string | undefined, explain: string | undefined): Promise<void> {
  const model = { baseline: loadBaseline(), settings: loadClassifierSettings({}) }
  const inbox = await loadJudgedInbox(directory)
  if (explain !== undefined) return print(explainFile(inbox, model, mode, explain))
  const scored = evaluate(inbox, model, mode)
  if (out === undefined) return print([predictionsCsv(scored).trimEnd()])
  writeFileSync(out, predictionsCsv(scored))
  print(reportLines(`${inbox.name}, ${mode}`, scored))
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
