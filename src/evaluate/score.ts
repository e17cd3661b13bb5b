import type { Verdict } from '../core/decision.ts'
import type { Label } from './judged-inbox.ts'

/** A judged message with what the classifier made of it. */
export interface Scored {
  readonly file: string
  readonly label: Label
  readonly kind: string
  readonly hard: boolean
  readonly why: string
  readonly score: number
  readonly verdict: Verdict
}

/** Shares in percent. `roc`: area above the ROC curve. `lam`: logistic average of both error rates, unsure counted as let through. */
export interface Measures {
  readonly n: number
  readonly lost: number
  readonly caught: number
  readonly leaked: number
  readonly unsure: number
  readonly roc: number
  readonly lam: number
  /** Expected calibration error in points, ten bins. */
  readonly ece: number
}

/** Cold approaches, good and bad: the group that words alone do not separate. */
const STRANGERS = new Set(
  'intro researched-outreach press candidate security-report regulator cold-worthwhile pitch bump recruiter pr cold-pitch'.split(
    ' ',
  ),
)

export function isStranger({ kind }: Pick<Scored, 'kind'>): boolean {
  return STRANGERS.has(kind)
}

export function measure(items: readonly Scored[]): Measures {
  const valuable = items.filter(({ label }) => label === 'valuable')
  const noise = items.filter(({ label }) => label === 'noise')
  const held = (list: readonly Scored[]) => list.filter(({ verdict }) => verdict === 'noise').length
  const percent = (part: number, whole: number) => (whole === 0 ? Number.NaN : (100 * part) / whole)
  return {
    n: items.length,
    lost: percent(held(valuable), valuable.length),
    caught: percent(held(noise), noise.length),
    leaked: percent(noise.filter(({ verdict }) => verdict === 'valuable').length, noise.length),
    unsure: percent(items.filter(({ verdict }) => verdict === 'unsure').length, items.length),
    roc: 100 * (1 - areaUnderRoc(items)),
    lam:
      100 *
      logisticAverage(
        (held(valuable) + 0.5) / (valuable.length + 1),
        (noise.length - held(noise) + 0.5) / (noise.length + 1),
      ),
    ece: calibrationError(items),
  }
}

/** Probability that a valuable message scores above a noisy one, ties counted half. */
function areaUnderRoc(items: readonly Scored[]): number {
  if (items.some(({ score }) => Number.isNaN(score))) throw new Error('a score is not a number')
  const sorted = [...items].sort((a, b) => a.score - b.score)
  const valuable = items.filter(({ label }) => label === 'valuable').length
  let ranks = 0
  for (let from = 0; from < sorted.length; ) {
    let to = from
    while (to < sorted.length && sorted[to]!.score === sorted[from]!.score) to++
    for (let at = from; at < to; at++) if (sorted[at]!.label === 'valuable') ranks += (from + 1 + to) / 2
    from = to
  }
  return (ranks - (valuable * (valuable + 1)) / 2) / (valuable * (items.length - valuable))
}

function logisticAverage(a: number, b: number): number {
  const logit = (p: number) => Math.log(p / (1 - p))
  return 1 / (1 + Math.exp(-(logit(a) + logit(b)) / 2))
}

function calibrationError(items: readonly Scored[]): number {
  let error = 0
  for (let bin = 0; bin < 10; bin++) {
    const inside = items.filter(({ score }) => Math.min(9, Math.floor(score * 10)) === bin)
    const said = inside.reduce((sum, { score }) => sum + score, 0)
    const was = inside.filter(({ label }) => label === 'valuable').length
    error += Math.abs(said - was)
  }
  return items.length === 0 ? Number.NaN : (100 * error) / items.length
}
