import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadBaseline, loadClassifierSettings } from '../settings/classifier-files.ts'
import { packageFile } from '../settings/package-file.ts'
import { trainModel } from '../train/train-model.ts'
import { evaluate } from './evaluate.ts'
import { type JudgedInbox, loadJudgedInbox } from './judged-inbox.ts'
import { MODES, type Model } from './replay.ts'
import { reportLines } from './report.ts'
import type { Scored } from './score.ts'

/**
 * `node dist/src/evaluate/bench.js [DIR]`: evaluates everything judged under a directory (default ../shared/bench) and prints one table.
 * Inboxes with sent mail are left out of the model that judges them; corpora are judged by the shipped model, which never saw them.
 */
async function main(): Promise<void> {
  const asked = resolve(process.argv[2] ?? '../shared/bench')
  if (existsSync(asked)) return benchAll(asked)
  print([`${asked} is not there: judging the project's own mail instead (seen in training: a smoke test, no measure)`])
  for (const inbox of await loadAll(fileURLToPath(packageFile('config/training/'))))
    report(inbox, shippedModel(), ['cold'])
}

async function benchAll(directory: string): Promise<void> {
  const training = await loadAll(fileURLToPath(packageFile('config/training/')))
  const inboxes = existsSync(join(directory, 'inboxes')) ? await loadAll(join(directory, 'inboxes')) : []
  leaveOneOut(inboxes, training)
  await benchCorpora(directory)
}

/** Each inbox judged by a model trained without it, then all of them pooled. */
function leaveOneOut(inboxes: readonly JudgedInbox[], training: readonly JudgedInbox[]): void {
  const models = inboxes.map((left) => trainModel([...training, ...inboxes.filter((one) => one !== left)]))
  for (const mode of MODES) {
    const pooled: Scored[] = []
    for (const [at, inbox] of inboxes.entries()) {
      const model = models[at]
      if (model) pooled.push(...evaluate(inbox, model, mode))
    }
    print(reportLines(`left out: ${inboxes.map(({ name }) => name).join(' ')}, ${mode}`, pooled))
  }
}

async function benchCorpora(directory: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'worthwhile-bench-'))
  try {
    for (const corpus of corporaOf(join(directory, 'corpora'), scratch)) {
      const inbox = await loadJudgedInbox(corpus)
      report(inbox, shippedModel(), ['cold'])
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** Directories with labels.csv, unpacked first where they are archives; robustness samples carry no judgement and are left out. */
function corporaOf(directory: string, scratch: string): string[] {
  if (!existsSync(directory)) return []
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.tar.gz') && !/mime|inboxes/.test(file))) {
    execFileSync('tar', ['xzf', join(directory, name), '-C', scratch])
  }
  return [directory, scratch]
    .flatMap((top) => readdirSync(top).map((name) => join(top, name)))
    .filter((path) => existsSync(join(path, 'labels.csv')))
}

async function loadAll(directory: string): Promise<JudgedInbox[]> {
  const found = readdirSync(directory)
    .sort()
    .map((name) => join(directory, name))
    .filter((path) => existsSync(join(path, 'labels.csv')))
  return Promise.all(found.map(loadJudgedInbox))
}

function shippedModel(): Model {
  return { baseline: loadBaseline(), settings: loadClassifierSettings({}) }
}

function report(inbox: JudgedInbox, model: Model, modes: readonly (typeof MODES)[number][]): void {
  for (const mode of modes) print(reportLines(`${inbox.name}, ${mode}`, evaluate(inbox, model, mode)))
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
