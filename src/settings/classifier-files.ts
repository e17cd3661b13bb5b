import { readFileSync } from 'node:fs'
import { type Baseline, parseBaseline } from '../core/baseline.ts'
import { type ClassifierSettings, parseClassifierSettings } from '../core/settings.ts'
import { packageFile } from './package-file.ts'
import { type Mapping, mergeObjects, readYamlFile, unknownNames } from './yaml-file.ts'

/** The shipped model. Throws when the file is missing or of another version. */
export function loadBaseline(): Baseline {
  return parseBaseline(JSON.parse(readFileSync(packageFile('config/baseline-model.json'), 'utf8')))
}

/**
 * config/heuristics.yaml with `over` (the `classifier` part of the settings file) on top.
 * Throws an Error that lists what is wrong with the result.
 */
export function loadClassifierSettings(over: Mapping): ClassifierSettings {
  const shipped = readYamlFile(packageFile('config/heuristics.yaml'))
  const unknown = unknownNames(shipped, over).filter((name) => !name.startsWith('weights.'))
  if (unknown.length > 0) throw new Error(`classifier settings: there is no ${unknown.join(', no ')}`)
  return parseClassifierSettings(mergeObjects(shipped, over))
}
