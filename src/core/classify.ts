import type { Baseline } from './baseline.ts'
import { TOTAL_NAME, tokenName } from './bayes.ts'
import { concernNames, concernOf } from './concerns.ts'
import type { Classification, Evidence, Verdict } from './decision.ts'
import type { Scene } from './heuristics/heuristic.ts'
import { HEURISTICS } from './heuristics/table.ts'
import type { Message } from './message.ts'
import { neverBuryReason } from './never-bury.ts'
import type { Knowledge, Reader } from './reader.ts'
import { type Reading, readingOf } from './reading.ts'
import { identitiesOf, recordNames } from './sender-record.ts'
import type { ClassifierSettings } from './settings.ts'
import { standingNames, standingOf } from './standing.ts'
import { tokensOf } from './tokens.ts'
import { wordAccounts } from './word-account.ts'
import { wordEvidence } from './word-evidence.ts'

/** All that a verdict depends on besides the message itself. */
export interface Surroundings {
  readonly reader: Reader
  readonly knowledge: Knowledge
  readonly baseline: Baseline
  readonly settings: ClassifierSettings
  /** ms since 1970: the message's arrival, by which what was learned fades. */
  readonly now: number
}

/** Counter names whose values `classify` wants for this message, at most about 600. `now` as in Surroundings. */
export function questionsAbout(message: Message, reader: Reader, now: number = message.date ?? 0): string[] {
  const reading = readingOf(message, reader)
  return [
    ...new Set([
      TOTAL_NAME,
      ...tokensOf(reading).learnable.map(tokenName),
      ...standingNames(reading),
      ...recordNames(identitiesOf(reading), now),
      ...concernNames(reading, now),
    ]),
  ]
}

/** The verdict on one message: one additive account of log-odds, then the guard that never buries what must be seen. */
export function classify(message: Message, around: Surroundings): Classification {
  const reading = readingOf(message, around.reader)
  const scene = sceneOf(reading, around)
  const evidence = [
    ...heuristicEvidence(scene, around.settings),
    ...wordEvidence(reading, wordAccounts(reading, around), around.settings),
  ]
  const sum = evidence.reduce((total, { weight }) => total + weight, around.settings.bias)
  const judged = guarded(sum, scene, around.settings, evidence)
  return { ...judged, evidence: strongestFirst(judged.evidence) }
}

/** What the heuristics look at. */
export function sceneOf(reading: Reading, around: Surroundings): Scene {
  return {
    reading,
    standing: standingOf(reading, around.knowledge, around.now),
    concern: concernOf(reading, around.knowledge.counts, around.baseline, around.now),
    baseline: around.baseline,
  }
}

function heuristicEvidence(scene: Scene, settings: ClassifierSettings): Evidence[] {
  const found: Evidence[] = []
  for (const { name, text, see } of HEURISTICS) {
    const weight = settings.weights[name] ?? 0
    const sight = weight === 0 ? null : see(scene)
    if (sight)
      found.push({
        name,
        weight: weight * sight.value,
        words: sight.words?.filter(Boolean) ?? [],
        text: sight.text ?? text,
      })
  }
  return found
}

/** Applies the guard after everything else: it can only lift a message out of noise. */
function guarded(sum: number, scene: Scene, settings: ClassifierSettings, evidence: Evidence[]) {
  const probability = 1 / (1 + Math.exp(-sum))
  const verdict = verdictOf(probability, settings)
  const reason = verdict === 'noise' ? neverBuryReason(scene) : null
  if (!reason) return { verdict, probability, evidence }
  const lifted = settings.thresholds.noiseBelow
  const weight = Math.log(lifted / (1 - lifted)) - sum
  return {
    verdict: 'unsure' as Verdict,
    probability: lifted,
    evidence: [...evidence, { name: 'never-bury', weight, words: reason.words, text: reason.text }],
  }
}

function verdictOf(probability: number, { thresholds }: ClassifierSettings): Verdict {
  if (probability < thresholds.noiseBelow) return 'noise'
  return probability >= thresholds.valuableFrom ? 'valuable' : 'unsure'
}

function strongestFirst(evidence: readonly Evidence[]): Evidence[] {
  return evidence
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || (a.name < b.name ? -1 : 1))
}
