import type { Decision } from './contract.ts'

export interface ToCheck {
  /** Noise, the likeliest mistakes first. */
  readonly noise: Decision[]
  /** Unsure, the likeliest to be worth it first. */
  readonly unsure: Decision[]
}

/** What the reader has not judged yet, ranked by how likely it is that a look pays. */
export function toCheck(decisions: readonly Decision[]): ToCheck {
  const open = decisions
    .filter(({ feedback, undoneAt }) => feedback === undefined && undoneAt === undefined)
    .sort((a, b) => b.probability - a.probability)
  return {
    noise: open.filter(({ verdict }) => verdict === 'noise'),
    unsure: open.filter(({ verdict }) => verdict === 'unsure'),
  }
}
