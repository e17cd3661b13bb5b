import { domainOf, nameOfDomain } from './addresses.ts'
import type { Baseline } from './baseline.ts'
import type { Counts } from './counts.ts'
import { MAX_CONCERN_STEMS } from './limits.ts'
import { CONCERN_FADING, names, recentBuckets } from './names.ts'
import type { Reading } from './reading.ts'
import { isStopword } from './words.ts'

const known = new WeakMap<Reading, ReadonlyMap<string, string>>()

/** Stems that can stand for a subject (no function words, no numbers, four letters or more), each with its first exact quote. */
export function subjectStems(reading: Reading): ReadonlyMap<string, string> {
  const found = known.get(reading) ?? findSubjects(reading)
  known.set(reading, found)
  return found
}

function findSubjects(reading: Reading): Map<string, string> {
  const stems = new Map<string, string>()
  const own = ownWords(reading)
  for (const [words, source] of [
    [reading.subjectWords, reading.message.subject],
    [reading.words, reading.body],
  ] as const) {
    for (const { text, stem, start, end } of words) {
      if (text.length < 4 || stems.has(stem) || own.has(text) || isStopword(text) || isNumber(text)) continue
      stems.set(stem, source.slice(start, end))
    }
  }
  return stems
}

function isNumber(word: string): boolean {
  const first = word.charCodeAt(0)
  return first >= 48 && first <= 57
}

/** The reader's own name and house are in every letter to them and concern nobody. */
function ownWords(reading: Reading): Set<string> {
  const parts = reading.reader.addresses.flatMap((address) => [
    ...address.split(/[^\p{L}]+/u),
    nameOfDomain(domainOf(address)),
  ])
  return new Set(parts)
}

/** The stems looked up: the longest first, since long words name subjects. */
export function concernStems(reading: Reading): string[] {
  const stems = [...subjectStems(reading).keys()]
  return stems.sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).slice(0, MAX_CONCERN_STEMS)
}

export function concernNames(reading: Reading, now: number): string[] {
  const buckets = recentBuckets(now, CONCERN_FADING)
  return concernStems(reading).flatMap((stem) => buckets.map(({ bucket }) => names.concern(stem, bucket)))
}

/** How much of a message is about what the reader has been writing about. */
export interface Concern {
  /** 0..1 */
  readonly share: number
  /** Words of the message that match, the rarest first. */
  readonly words: readonly string[]
}

/** Words of the message that the reader used lately, each worth more the rarer it is in the mail of the world. */
export function concernOf(reading: Reading, counts: Counts, baseline: Baseline, now: number): Concern {
  const written = subjectStems(reading)
  const buckets = recentBuckets(now, CONCERN_FADING)
  const found: { word: string; weight: number }[] = []
  for (const stem of concernStems(reading)) {
    let lately = 0
    for (const { bucket, share } of buckets) lately += share * (counts.get(names.concern(stem, bucket)) ?? 0)
    if (lately > 0)
      found.push({ word: written.get(stem) ?? stem, weight: Math.min(1, lately / 2) * rarityOf(stem, baseline) })
  }
  found.sort((a, b) => b.weight - a.weight)
  const sum = found.reduce((total, { weight }) => total + weight, 0)
  return {
    share: sum / (sum + CONCERN_HALF * Math.sqrt(1 + written.size)),
    words: found.slice(0, 8).map(({ word }) => word),
  }
}

/** Weight of overlap, per root of the message's length, at which half the evidence is reached. */
const CONCERN_HALF = 0.8

/** 0 for a word in every tenth message of the world, 1 for one that is in none. */
function rarityOf(stem: string, baseline: Baseline): number {
  const pair = baseline.tokens.get(stem)
  const total = baseline.totals.valuable + baseline.totals.noise
  if (!pair || total === 0) return 1
  const share = (pair.valuable + pair.noise) / total
  return Math.max(0, Math.min(1, -Math.log10(share * 10) / 1.5))
}
