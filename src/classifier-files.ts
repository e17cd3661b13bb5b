import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { mergeObjects } from './config.ts'
import { type Baseline, parseBaseline } from './core/baseline.ts'
import { type ClassifierSettings, parseClassifierSettings } from './core/settings.ts'
import { packageFile } from './package-file.ts'

/** The shipped model. Throws when the file is missing or of another version. */
export function loadBaseline(): Baseline {
  return parseBaseline(JSON.parse(readFileSync(packageFile('config/baseline-model.json'), 'utf8')))
}

/** config/heuristics.yaml with `over` (the `classifier` part of the settings file) on top. */
export function loadClassifierSettings(over: Record<string, unknown>): ClassifierSettings {
  const shipped = parseYaml(readFileSync(packageFile('config/heuristics.yaml'), 'utf8')) as Record<string, unknown>
  return parseClassifierSettings(mergeObjects(shipped, over))
}
