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

/** Reads the first 64 KiB of several messages of the selected mailbox; those that are gone are left out. */
export async function fetchSources(client: ImapClient, uids: readonly number[]): Promise<FetchedSource[]> {
  const query = { uid: true, flags: true, size: true, source: { start: 0, maxLength: MAX_SOURCE_BYTES } }
  const rows = await answered(client, 'FETCH', client.fetchAll([...uids].join(','), query, { uid: true }))
  // Unsolicited rows without a source occur (RFC 3501 7.4.2).
  return rows.flatMap(({ uid, source, size, flags }) =>
    uid && source
      ? [
          {
            uid,
            source,
            sizeBytes: size ?? source.length,
            truncated: (size ?? 0) > source.length,
            flags: [...(flags ?? [])],
          },
        ]
      : [],
  )
}
