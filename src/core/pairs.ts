/**
 * Two counts under one name: how often for valuable, how often for noise. Packed into one whole number because adding packed numbers
 * adds both counts, so that one look-up answers both and learning stays a plain increment.
 */
export interface Pair {
  readonly valuable: number
  readonly noise: number
}

/** Far above any count, far below 2^53. */
const NOISE_UNIT = 2 ** 24

export const VALUABLE_UNIT = 1

export function packed(valuable: number, noise: number): number {
  return valuable * VALUABLE_UNIT + noise * NOISE_UNIT
}

/** Never negative, even while an unlearning overtakes its learning. */
export function pairOf(count: number | undefined): Pair {
  if (!count) return { valuable: 0, noise: 0 }
  const noise = Math.round(count / NOISE_UNIT)
  return { valuable: Math.max(0, count - noise * NOISE_UNIT), noise: Math.max(0, noise) }
}
