import type { Counts } from './counts.ts'
import { FADING, names, recentBuckets } from './names.ts'
import { type Pair, pairOf } from './pairs.ts'
import type { Reading } from './reading.ts'

/** A sender as the track record knows them: by address, by organisation (not for freemail or one's own house), by mailing list. */
export interface Identities {
  readonly address: string | null
  readonly organisation: string | null
  readonly list: string | null
}

/** Under which names a message's sender is remembered. */
export function identitiesOf(reading: Reading): Identities {
  const own = reading.reader.addresses.some(
    (address) => address.endsWith(`@${reading.domain}`) || address.endsWith(`@${reading.organisation}`),
  )
  const shared = reading.freemail || own || reading.organisation === ''
  return {
    address: reading.from ? reading.from : null,
    organisation: shared ? null : `@${reading.organisation}`,
    list: listIdOf(reading),
  }
}

/** List-Id (RFC 2919) with numbers left out, since campaign tools number every issue; null when there is none. */
function listIdOf(reading: Reading): string | null {
  const value = reading.message.headers.get('list-id')?.[0]
  if (!value) return null
  const id = /<([^>]{1,200})>/.exec(value)?.[1] ?? value.slice(0, 200)
  return `list ${reading.organisation} ${id.toLowerCase().replace(/[0-9a-f]*\d[0-9a-f]*/g, '0')}`
}

/** All counter names a sender's record is kept under. */
export function recordNames(identities: Identities, now: number): string[] {
  const whos = [identities.address, identities.organisation, identities.list].filter((who) => who !== null)
  const buckets = recentBuckets(now, FADING)
  return whos.flatMap((who) => buckets.flatMap(({ bucket }) => [names.said(who, bucket), names.did(who, bucket)]))
}

/** Faded counts of one kind of record for one identity. */
export function fadedRecord(counts: Counts, name: typeof names.said, who: string | null, now: number): Pair {
  if (who === null) return { valuable: 0, noise: 0 }
  let valuable = 0
  let noise = 0
  for (const { bucket, share } of recentBuckets(now, FADING)) {
    const pair = pairOf(counts.get(name(who, bucket)))
    valuable += share * pair.valuable
    noise += share * pair.noise
  }
  return { valuable, noise }
}

/** Balance of a record, -1..1: one mark moves it half way at most, many marks outvote a stray one. */
export function balanceOf(record: Pair): number {
  return (record.valuable - record.noise) / (record.valuable + record.noise + 1)
}
