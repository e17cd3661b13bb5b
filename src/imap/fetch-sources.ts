import { MAX_SOURCE_BYTES } from '../limits.ts'
import { answered, type ImapClient } from './connect.ts'

/** The beginning of an old message, with its flags. */
export interface FetchedSource {
  readonly uid: number
  readonly source: Buffer
  readonly sizeBytes: number
  readonly truncated: boolean
  readonly flags: readonly string[]
}

/** ms for a batch of up to 50 messages of 64 KiB each: a line of 200 kbit/s carries that. */
const BATCH_TIMEOUT_MS = 120_000

/** Reads the first 64 KiB of several messages of the selected mailbox; those that are gone are left out. */
export async function fetchSources(client: ImapClient, uids: readonly number[]): Promise<FetchedSource[]> {
  const query = { uid: true, flags: true, size: true, source: { start: 0, maxLength: MAX_SOURCE_BYTES } }
  if (uids.length === 0) return []
  const fetching = client.fetchAll(uids.join(','), query, { uid: true })
  const rows = await answered(client, 'FETCH', fetching, BATCH_TIMEOUT_MS)
  // Unsolicited rows without a source occur (RFC 3501 7.4.2).
  return rows.flatMap(({ uid, source, size, flags }) =>
    uid && source
      ? [
          {
            uid,
            source,
            sizeBytes: size ?? source.length,
            truncated: source.length >= MAX_SOURCE_BYTES && (size ?? 0) > source.length,
            flags: [...(flags ?? [])],
          },
        ]
      : [],
  )
}
