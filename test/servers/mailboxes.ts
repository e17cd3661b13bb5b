import { ImapFlow } from 'imapflow'
import type { Dovecot } from '../../src/demo/dovecot.ts'

/** A message as an assertion needs it. */
export interface Seen {
  uid: number
  /** With angle brackets; empty when the message has none. */
  messageId: string
  /** Sorted. */
  flags: string[]
}

/** Logs in as a mail program of the reader's would; the caller logs out. */
export async function connectAs(dovecot: Dovecot, user: string): Promise<ImapFlow> {
  const auth = { user, pass: dovecot.users[user] ?? '' }
  const client = new ImapFlow({
    host: dovecot.host,
    port: dovecot.port,
    secure: false,
    doSTARTTLS: false,
    auth,
    logger: false,
  })
  // Without a listener a connection cut by a test would end the whole test process.
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Logs in, does something, logs out. */
export async function asReader<T>(dovecot: Dovecot, user: string, act: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = await connectAs(dovecot, user)
  try {
    return await act(client)
  } finally {
    await client.logout()
  }
}

/** Every mailbox of the user, by path as the server spells it, with all its messages in the order of their UIDs. */
export function listMailboxes(dovecot: Dovecot, user: string): Promise<Record<string, Seen[]>> {
  return asReader(dovecot, user, async (client) => {
    const found: Record<string, Seen[]> = {}
    for (const { path, flags } of await client.list()) {
      if (!flags.has('\\Noselect')) found[path] = await listMailbox(client, path)
    }
    return found
  })
}

async function listMailbox(client: ImapFlow, path: string): Promise<Seen[]> {
  const { exists } = await client.mailboxOpen(path, { readOnly: true })
  if (exists === 0) return []
  const messages = await client.fetchAll('1:*', { uid: true, flags: true, envelope: true })
  return messages.map(({ uid, envelope, flags }) => ({
    uid,
    messageId: envelope?.messageId ?? '',
    flags: [...(flags ?? [])].sort(),
  }))
}

/** The path of every mailbox that holds the message, once for every copy. */
export async function placesOf(dovecot: Dovecot, user: string, messageId: string): Promise<string[]> {
  const mailboxes = Object.entries(await listMailboxes(dovecot, user))
  return mailboxes.flatMap(([path, messages]) =>
    messages.filter((seen) => seen.messageId === messageId).map(() => path),
  )
}
