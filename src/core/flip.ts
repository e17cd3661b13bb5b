import type { Classification } from './decision.ts'
import type { ClassifierSettings } from './settings.ts'

/**
 * The smallest change that would have led to another verdict, in one sentence: the fewest strongest pieces of evidence
 * that would have to be absent. Null when no such set exists (the message starts where it ends).
 */
export function smallestFlip(
  { verdict, probability, evidence }: Classification,
  { thresholds }: ClassifierSettings,
): string | null {
  const target =
    verdict === 'noise'
      ? thresholds.noiseBelow
      : verdict === 'valuable'
        ? thresholds.valuableFrom
        : probability >= 0.5
          ? thresholds.valuableFrom
          : thresholds.noiseBelow
  const gap = logit(target) - logit(probability)
  const sign = verdict === 'unsure' ? 0 : verdict === 'noise' ? -1 : 1
  if (sign === 0)
    return `It was close: ${Math.abs(gap).toFixed(1)} of log-odds from ${probability >= 0.5 ? 'valuable' : 'noise'}.`
  const removed: string[] = []
  let moved = 0
  for (const { weight, text } of evidence.filter((one) => one.weight * sign > 0)) {
    removed.push(text)
    moved -= weight
    if (moved * sign < gap * sign) return `It would be judged otherwise without this: ${removed.join(' ')}`
  }
  return null
}

function logit(p: number): number {
  return Math.log(p / (1 - p))
}
