import type { ListResponse } from 'imapflow'
import type { Account } from '../account.ts'
import { WorthwhileError } from '../errors.ts'
import { answered, type ImapClient } from './connect.ts'

/** Server paths of the mailboxes that matter; null where the server names none (RFC 6154 SPECIAL-USE, else by common names). */
export interface Mailboxes {
  readonly inbox: string
  readonly noise: string
  readonly later: string
  readonly sent: string | null
  readonly archive: string | null
  readonly junk: string | null
  readonly trash: string | null
}

/** Finds the account's mailboxes, and makes and subscribes the two of Worthwhile where they are missing. */
export async function findMailboxes(client: ImapClient, account: Account): Promise<Mailboxes> {
  const list = await answered(client, 'LIST', client.list())
  const withUse = (use: string) => list.find((mailbox) => mailbox.specialUse === use)?.path ?? null
  return {
    inbox: list.find((mailbox) => mailbox.path.toUpperCase() === 'INBOX')?.path ?? 'INBOX',
    noise: await ensureMailbox(client, list, account.mailboxes.noise),
    later: await ensureMailbox(client, list, account.mailboxes.later),
    sent: withUse('\\Sent'),
    archive: withUse('\\Archive'),
    junk: withUse('\\Junk'),
    trash: withUse('\\Trash'),
  }
}

async function ensureMailbox(client: ImapClient, list: ListResponse[], levels: readonly string[]): Promise<string> {
  const path = pathOf(client, levels)
  const existing = list.find((mailbox) => mailbox.path === path)
  if (existing && !existing.flags.has('\\NonExistent')) {
    if (!existing.subscribed) await answered(client, 'SUBSCRIBE', client.mailboxSubscribe(path))
    return path
  }
  await create(client, levels)
  await answered(client, 'SUBSCRIBE', client.mailboxSubscribe(path))
  return path
}

/** The server's own prefix and separator around the configured levels, e.g. `INBOX.Worthwhile.Noise`. */
function pathOf(client: ImapClient, levels: readonly string[]): string {
  const { prefix = '', delimiter = '/' } = client.namespace || {}
  return prefix + levels.join(delimiter || '/')
}

async function create(client: ImapClient, levels: readonly string[]): Promise<void> {
  try {
    await answered(client, 'CREATE', client.mailboxCreate([...levels]))
  } catch (cause) {
    const text = `The mailbox ${levels.join('/')} could not be made. Make it by hand, or set other names under mailboxes.`
    throw new WorthwhileError('IMAP_REFUSED', text, { cause })
  }
}
