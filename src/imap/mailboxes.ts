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

/** Path of a mailbox that messages are looked at in; '' when the server has none of the kind. */
export function mailboxPath(mailboxes: Mailboxes, which: 'inbox' | 'noise' | 'junk'): string {
  return mailboxes[which] ?? ''
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
  const existing = selectable(list, path)
  if (!existing) await create(client, levels, path)
  if (!existing?.subscribed) await answered(client, 'SUBSCRIBE', client.mailboxSubscribe(path))
  return path
}

/** A level above other mailboxes may be listed without being a mailbox itself (RFC 9051 7.3.1). */
function selectable(list: ListResponse[], path: string): ListResponse | undefined {
  return list.find(({ path: each, flags }) => each === path && !flags.has('\\NonExistent') && !flags.has('\\Noselect'))
}

/** The server's own prefix and separator around the configured levels, e.g. `INBOX.Worthwhile.Noise`. */
function pathOf(client: ImapClient, levels: readonly string[]): string {
  const { prefix = '', delimiter = '/' } = client.namespace || {}
  return prefix + levels.join(delimiter || '/')
}

async function create(client: ImapClient, levels: readonly string[], path: string): Promise<void> {
  try {
    await answered(client, 'CREATE', client.mailboxCreate([...levels]))
  } catch (cause) {
    if (!(cause instanceof WorthwhileError) || cause.code !== 'IMAP_REFUSED') throw cause
    // Another process may have made it meanwhile; not every server says so (ALREADYEXISTS, RFC 5530).
    if (selectable(await answered(client, 'LIST', client.list()), path)) return
    const text = `The mailbox ${levels.join('/')} could not be made. Make it by hand, or set other names under mailboxes.`
    throw new WorthwhileError('IMAP_REFUSED', text, { cause })
  }
}
