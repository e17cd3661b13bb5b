import { domainOf, isFreemail, organisationOf } from '../core/addresses.ts'
import { names } from '../core/names.ts'
import type { Pair } from '../core/pairs.ts'
import { fadedRecord, recordNames } from '../core/sender-record.ts'
import type { CountsStore } from '../store/counts.ts'

/** How well a sender has used the reader's time; older marks count less (see FADING). */
export interface TrackRecord {
  readonly address: string
  /** Messages the reader wrote to this address, and messages that came from it. */
  readonly writtenTo: number
  readonly received: number
  /** What the reader said of their messages, and what became of those by answers, flags and folders. */
  readonly said: Pair
  readonly did: Pair
  /** The same of everybody at the sender's organisation; absent for freemail. */
  readonly organisation?: { readonly domain: string; readonly said: Pair; readonly did: Pair }
}

export async function trackRecordOf(
  accountId: string,
  address: string,
  counts: CountsStore,
  now: number,
): Promise<TrackRecord> {
  const domain = organisationOf(domainOf(address))
  const organisation = domain === '' || isFreemail(domain) ? null : `@${domain}`
  const asked = [
    names.writtenTo(address),
    names.received(address),
    ...recordNames({ address, organisation, list: null }, now),
  ]
  const found = await counts.read(accountId, asked)
  const record = (who: string) => ({
    said: fadedRecord(found, names.said, who, now),
    did: fadedRecord(found, names.did, who, now),
  })
  return {
    address,
    writtenTo: found.get(names.writtenTo(address)) ?? 0,
    received: found.get(names.received(address)) ?? 0,
    ...record(address),
    ...(organisation ? { organisation: { domain, ...record(organisation) } } : {}),
  }
}
