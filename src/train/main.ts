import { readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { storedBaseline } from '../core/baseline.ts'
import { loadJudgedInbox } from '../evaluate/judged-inbox.ts'
import { packageFile } from '../settings/package-file.ts'
import { settingsYaml } from './settings-yaml.ts'
import { RECIPE, trainModel } from './train-model.ts'

/**
 * `npm run train [-- DIR...]`: trains the shipped model on config/training/* and on any further judged inboxes given, and writes
 * config/baseline-model.json and config/heuristics.yaml. The same input gives the same files.
 */
async function main(): Promise<void> {
  const training = fileURLToPath(packageFile('config/training/'))
  const own = readdirSync(training)
    .sort()
    .map((name) => `${training}${name}`)
  const sets = []
  for (const directory of [...own, ...process.argv.slice(2)]) sets.push(await loadJudgedInbox(directory))
  const { baseline, settings } = trainModel(sets, RECIPE)
  writeFileSync(packageFile('config/baseline-model.json'), `${JSON.stringify(storedBaseline(baseline))}\n`)
  writeFileSync(packageFile('config/heuristics.yaml'), settingsYaml(settings))
  process.stdout.write(
    `trained on ${sets.map(({ name, messages }) => `${name} (${messages.length})`).join(', ')}: ${baseline.tokens.size} tokens\n`,
  )
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
