import type { Baseline } from '../baseline.ts'
import type { Concern } from '../concerns.ts'
import type { Reading } from '../reading.ts'
import type { Standing } from '../standing.ts'

/** All that a heuristic may look at. */
export interface Scene {
  readonly reading: Reading
  readonly standing: Standing
  readonly concern: Concern
  readonly baseline: Baseline
}

/** What a heuristic saw. */
export interface Sight {
  /** How strongly, 0..1; -1..1 for those that lean both ways. */
  readonly value: number
  /** Exact quotes. */
  readonly words?: readonly string[]
  /** Replaces the heuristic's own text. */
  readonly text?: string
}

/** One observation: data and a small function. Its weight lives in config/heuristics.yaml. */
export interface Heuristic {
  readonly name: string
  /** Family, for the table of what each is worth. */
  readonly family: Family
  /** The sign its weight may have: for valuable, for noise, or either. Training keeps to it. */
  readonly leans: 'valuable' | 'noise' | 'either'
  /** One plain sentence for the reader. */
  readonly text: string
  /** Null when there is nothing to see. */
  readonly see: (scene: Scene) => Sight | null
}

export type Family =
  | 'sender'
  | 'record'
  | 'thread'
  | 'concern'
  | 'bulk'
  | 'sales'
  | 'pretence'
  | 'substance'
  | 'automatic'
  | 'form'

/** Saturates a count: `full` or more is 1. */
export function upTo(full: number, count: number): number {
  return Math.min(1, count / full)
}

export function when(condition: boolean, words: readonly string[] = []): Sight | null {
  return condition ? { value: 1, words } : null
}
