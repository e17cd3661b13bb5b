import { packed } from './pairs.ts'

/**
 * Every counter name but the tokens', spelled once. The store hashes names under a key, so a name may hold an address.
 * What fades with time carries a bucket of time, `now` decides how much it still counts.
 */
const DAY_MS = 86_400_000
const BUCKET_MS = 60 * DAY_MS

/** How much a bucket of the given age (in buckets) still counts: half after about 120 days, nothing after 300. */
export const FADING: readonly number[] = [1, 0.75, 0.5, 0.35, 0.25]
/** Concerns fade faster: half after about 90 days. */
export const CONCERN_FADING: readonly number[] = [1, 0.7, 0.35]

/** Index of the 60 days a moment lies in; 0 for mail without a date. */
export function bucketOf(ms: number | null): number {
  return ms === null || !Number.isFinite(ms) ? 0 : Math.max(0, Math.floor(ms / BUCKET_MS))
}

/** The bucket of `now` and the ones before it, youngest first, with what they still count. Mail without a date is remembered by itself. */
export function recentBuckets(now: number, fading: readonly number[]): { bucket: number; share: number }[] {
  const newest = bucketOf(now)
  const dated = fading.map((share, age) => ({ bucket: newest - age, share })).filter(({ bucket }) => bucket > 0)
  return dated.length > 0 ? dated : [{ bucket: 0, share: 1 }]
}

export const names = {
  /** Messages of the reader's own learned from. */
  sent: 'sent',
  writtenTo: (address: string) => `to ${address}`,
  writtenToOrganisation: (organisation: string) => `to@ ${organisation}`,
  /** Somebody the reader told to stop. */
  refused: (address: string) => `refused ${address}`,
  /** The bare name of an organisation with one letter left out: two names that differ by one letter share one. */
  nearly: (name: string) => `nearly ${name}`,
  /** An organisation by its bare name, to notice lookalikes. */
  firm: (name: string) => `firm ${name}`,
  /** Display name of somebody the reader writes to. */
  called: (name: string) => `called ${name}`,
  ownMessage: (id: string) => `id ${id}`,
  /** A message of a thread the reader wrote in. */
  thread: (id: string) => `thread ${id}`,
  /** Mail from the reader's own house with and without the receiving server's stamp: some gateways stamp only what comes from outside. */
  stamped: 'stamped',
  unstamped: 'unstamped',
  /** Messages received from an address. */
  received: (address: string) => `got ${address}`,
  concern: (stem: string, bucket: number) => `c ${bucket} ${stem}`,
  /** What the reader said (pair of verdicts) about a sender, an organisation, a list. */
  said: (who: string, bucket: number) => `said ${bucket} ${who}`,
  /** What the reader did with their mail: answered or flagged, or never opened. */
  did: (who: string, bucket: number) => `did ${bucket} ${who}`,
} as const

export const ONE_VALUABLE = packed(1, 0)
export const ONE_NOISE = packed(0, 1)

/** A display name reduced to its words in order of the alphabet: "Krall, Stephanie" is Stephanie Krall. '' when it is only one word. */
export function plainName(name: string): string {
  const words =
    name
      .toLowerCase()
      .match(/\p{L}+/gu)
      ?.filter((word) => word.length > 1 && !TITLES.has(word)) ?? []
  return words.length < 2 ? '' : words.sort().join(' ')
}

const TITLES = new Set([
  'dr',
  'prof',
  'mr',
  'mrs',
  'ms',
  'herr',
  'frau',
  'ing',
  'dipl',
  'mme',
  'sr',
  'sra',
  'via',
  'über',
])

/** Shortest bare name whose neighbours count as imitations: short names are neighbours by chance. */
const LEAST_IMITATED = 6

/** A bare domain name with one letter left out, at every place; none for short names. */
export function shortened(name: string): string[] {
  if (name.length < LEAST_IMITATED || name.length > 30) return []
  return [...new Set(Array.from(name, (_, at) => name.slice(0, at) + name.slice(at + 1)))]
}
