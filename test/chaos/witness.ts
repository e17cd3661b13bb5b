import { createHash } from 'node:crypto'
import { connectAs } from '../servers/mailboxes.ts'
import { digestOf } from './postman.ts'
import { USER, type World } from './world.ts'

/** One copy of a message as it lies on the server. */
export interface Copy {
  readonly messageId: string
  readonly path: string
  readonly uid: number
  readonly digest: string
  /** Digest of all of it, with what delivery put on top. */
  readonly wholeDigest: string
  /** Sorted, without \Recent. */
  readonly flags: readonly string[]
  /** ms since 1970. */
  readonly internalDate: number
}

/** Every copy of every message in every mailbox, read whole over a connection of its own, past the proxy. */
export async function witness({ dovecot }: World): Promise<Copy[]> {
  const client = await connectAs(dovecot, USER)
  const copies: Copy[] = []
  try {
    // INBOX first: what the service carries from there to Noise meanwhile is then seen at least once.
    const paths = (await client.list()).filter(({ flags }) => !flags.has('\\Noselect')).map(({ path }) => path)
    for (const path of paths.sort((a, b) => Number(b === 'INBOX') - Number(a === 'INBOX'))) {
      if ((await client.mailboxOpen(path, { readOnly: true })).exists === 0) continue
      const query = { uid: true, flags: true, internalDate: true, source: true }
      for (const { uid, flags, internalDate, source } of await client.fetchAll('1:*', query))
        copies.push({ path, uid, ...factsOf(source ?? Buffer.alloc(0), flags, internalDate) })
    }
  } finally {
    await client.logout()
  }
  return copies
}

function factsOf(source: Buffer, flags: Set<string> | undefined, internalDate: Date | string | undefined) {
  return {
    messageId: /^Message-ID: (<[^>]+>)/im.exec(source.subarray(0, 4_000).toString('latin1'))?.[1] ?? '',
    digest: digestOf(source),
    wholeDigest: createHash('sha256').update(source).digest('hex'),
    flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
    internalDate: new Date(internalDate ?? 0).getTime(),
  }
}
