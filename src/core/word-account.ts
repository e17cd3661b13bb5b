import type { Baseline } from './baseline.ts'
import { type Clue, dampingOf, experienceOf, learnedClues, shippedClues } from './bayes.ts'
import type { Knowledge } from './reader.ts'
import type { Reading } from './reading.ts'
import type { ClassifierSettings } from './settings.ts'
import { tokensOf } from './tokens.ts'

/** Clues of one source and what their sum is multiplied by before its weight. */
export interface WordAccount {
  readonly clues: readonly Clue[]
  readonly scale: number
  /** Added to the scaled sum: what words of the message's language say in general is taken off. */
  readonly offset: number
}

/** What the single words say: by the shipped model, and, the more the reader has judged, by their own judgements instead. */
export interface WordAccounts {
  readonly shipped: WordAccount
  readonly learned: WordAccount
}

export interface WordSources {
  readonly knowledge: Knowledge
  readonly baseline: Baseline
  readonly settings: ClassifierSettings
}

export function wordAccounts(reading: Reading, { knowledge, baseline, settings }: WordSources): WordAccounts {
  const { words } = settings
  const tokens = tokensOf(reading)
  const shipped = shippedClues(tokens.content, baseline, words)
  const learned = learnedClues(tokens.learnable, knowledge.counts, words)
  const boasts = shippedClues(tokens.praise, baseline, words).filter(({ weight }) => weight < 0)
  const damping = dampingOf(shipped.length, words.damping)
  const centre = shipped.length > 0 ? (baseline.centres[reading.language] ?? 0) : 0
  const experience = experienceOf(knowledge.counts, words)
  const trust = 1 - experience ** 2
  return {
    shipped: { clues: [...shipped, ...boasts], scale: damping * trust, offset: -centre * trust },
    learned: { clues: learned, scale: dampingOf(learned.length, words.learnedDamping) * experience, offset: 0 },
  }
}

/** Damped sum of an account, before its weight. */
export function sumOf({ clues, scale, offset }: WordAccount): number {
  return offset + scale * clues.reduce((sum, { weight }) => sum + weight, 0)
}
