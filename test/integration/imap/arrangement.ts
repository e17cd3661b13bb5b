import type { ImapFlow } from 'imapflow'
import type { Account } from '../../../src/account.ts'
import type { Dovecot } from '../../../src/demo/dovecot.ts'
import { connectImap, type ImapClient, inMailbox } from '../../../src/imap/connect.ts'
import { type FetchedMessage, fetchMessage } from '../../../src/imap/fetch.ts'
import { findMailboxes, type Mailboxes } from '../../../src/imap/mailboxes.ts'
import type { Claim, Movable } from '../../../src/imap/move.ts'
import { logout } from '../../../src/imap/sessions.ts'
import { asReader, connectAs } from '../../servers/mailboxes.ts'

/** Names and passwords for that many tests, so that each has a mailbox of its own on a shared server. */
export function readers(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`reader${i}`, `secret-${i}`]))
}

/** Hands out the users of one server, one a call. */
export function takeTurns(dovecot: Dovecot): () => string {
  const names = Object.keys(dovecot.users)
  return () => {
    const name = names.shift()
    if (name === undefined) throw new Error('This server has too few users for the tests on it.')
    return name
  }
}

/** The service's account for a user; `port` may be a proxy's. */
export function accountOf(dovecot: Dovecot, user: string, port = dovecot.port): Account {
  return {
    id: user,
    imap: { host: dovecot.host, port, security: 'none', user },
    mode: 'act',
    paused: false,
    addresses: [],
    mailboxes: { noise: ['Worthwhile', 'Noise'], later: ['Worthwhile', 'Later'] },
    authservId: null,
    retentionDays: 30,
    createdAt: 0,
    start: null,
  }
}

/** The service's connection and the reader's mail program on the same mailbox. */
export interface Arrangement {
  readonly dovecot: Dovecot
  readonly user: string
  readonly client: ImapClient
  readonly mailboxes: Mailboxes
  readonly reader: ImapFlow
}

/** Connects both with INBOX selected, lets `act` play, disconnects both. */
export async function arranged(
  dovecot: Dovecot,
  user: string,
  act: (it: Arrangement) => Promise<void>,
  port = dovecot.port,
): Promise<void> {
  const account = accountOf(dovecot, user, port)
  const client = await connectImap(account.imap, dovecot.users[user] ?? '')
  const reader = await connectAs(dovecot, user)
  try {
    const mailboxes = await findMailboxes(client, account)
    await client.mailboxOpen('INBOX')
    await reader.mailboxOpen('INBOX')
    await act({ dovecot, user, client, mailboxes, reader })
  } finally {
    await logout(client)
    await logout(reader)
  }
}

/** Appends to INBOX as another program; returns the UID. */
export async function append(
  it: Arrangement,
  raw: string | Buffer,
  flags: string[] = [],
  date?: Date,
): Promise<number> {
  const answer = await it.reader.append('INBOX', raw, flags, date)
  // A server without UIDPLUS does not tell the UID.
  const uid = answer ? answer.uid : undefined
  if (uid !== undefined) return uid
  const uids = await it.reader.search({ all: true }, { uid: true })
  return Math.max(...(uids || []))
}

/** Reads a message of INBOX as a worker does before it moves it. */
export async function movable(client: ImapClient, uid: number): Promise<Movable> {
  const { fingerprint, sizeBytes } = await read(client, uid)
  return { uid, sizeBytes, matches: (other) => other === fingerprint }
}

/** Reads a message of INBOX that must be there. */
export async function read(client: ImapClient, uid: number): Promise<FetchedMessage> {
  const fetched = await inMailbox(client, 'INBOX', () => fetchMessage(client, uid))
  if (!fetched) throw new Error(`There is no message ${uid}.`)
  return fetched
}

/** Who has which copy, as the store keeps it: the first to claim a copy has it, and may claim it again. */
export class Claims {
  readonly #owners = new Map<string, string>()

  by(owner: string): Claim {
    return async ({ uidValidity, uid }) => {
      const place = `${uidValidity}.${uid}`
      if (!this.#owners.has(place)) this.#owners.set(place, owner)
      return this.#owners.get(place) === owner
    }
  }
}

/** Everything about a message that moving must not change. */
export interface Kept {
  readonly path: string
  readonly uid: number
  readonly source: string
  readonly flags: readonly string[]
  readonly internalDate: number
}

/** All messages in INBOX and Worthwhile's mailboxes, read over a fresh connection. */
export function everything(dovecot: Dovecot, user: string): Promise<Kept[]> {
  return asReader(dovecot, user, async (client) => {
    const paths = (await client.list())
      .map(({ path }) => path)
      .filter((path) => /^INBOX$|Worthwhile.(Noise|Later)$/.test(path))
    const found: Kept[] = []
    for (const path of paths) found.push(...(await contents(client, path)))
    return found
  })
}

async function contents(client: ImapFlow, path: string): Promise<Kept[]> {
  const { exists } = await client.mailboxOpen(path, { readOnly: true })
  if (exists === 0) return []
  const rows = await client.fetchAll('1:*', { uid: true, flags: true, internalDate: true, source: true })
  return rows.map(({ uid, flags, internalDate, source }) => ({
    path,
    uid,
    source: source?.toString('latin1') ?? '',
    flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
    internalDate: new Date(internalDate ?? 0).getTime(),
  }))
}
