import { type Static, Type } from 'typebox'
import { WorthwhileError } from './errors.ts'

const Id = Type.String({
  pattern: '^[a-z0-9][a-z0-9_-]{0,62}$',
  description: '1 to 63 lower-case letters, digits, _ and -, the first a letter or digit',
})
/** IMAP takes * and % for wildcards (RFC 3501 6.3.8), and control characters for the end of a command. */
const LEVEL = '[^\\u0000-\\u001f\\u007f*%]'
const MailboxPath = Type.Array(Type.String({ pattern: `^${LEVEL}+$`, maxLength: 100 }), { minItems: 1, maxItems: 5 })
const MailboxText = Type.String({ pattern: `^(?!/*$)${LEVEL}+$`, maxLength: 300 })
export const MailboxName = Type.Union([MailboxPath, MailboxText], {
  description: 'a list of names, one a level, or one text with / between levels, without * and %',
})
const Address = Type.String({
  pattern: '^[^\\s@<>]+@[^\\s@<>]+$',
  maxLength: 320,
  description: 'an address like ada@example.org',
})
const MODES = ['observe', 'act'] as const

/** What a client sends to add an account; the same fields stand under `accounts` in the settings file. */
export const NewAccount = Type.Object(
  {
    id: Type.Optional(Id),
    imap: Type.Object(
      {
        host: Type.String({ minLength: 1, maxLength: 253 }),
        port: Type.Integer({ minimum: 1, maximum: 65535 }),
        security: Type.Enum(['tls', 'starttls', 'none']),
        user: Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]+$', maxLength: 320, description: 'a login name' }),
        password: Type.String({ minLength: 1, maxLength: 1000 }),
        ca: Type.Optional(
          Type.String({ maxLength: 20_000, description: 'PEM of a certificate authority trusted for this host' }),
        ),
      },
      { additionalProperties: false },
    ),
    mode: Type.Optional(Type.Enum([...MODES], { default: 'observe' })),
    addresses: Type.Optional(Type.Array(Address, { maxItems: 100 })),
    mailboxes: Type.Optional(
      Type.Object(
        { noise: Type.Optional(MailboxName), later: Type.Optional(MailboxName) },
        { additionalProperties: false },
      ),
    ),
    authservId: Type.Optional(
      Type.String({
        pattern: '^\\S+$',
        maxLength: 253,
        description: "the receiving server's name in Authentication-Results; 'none' when it adds no such header",
      }),
    ),
    retentionDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 3650 })),
  },
  { additionalProperties: false },
)
export type NewAccount = Static<typeof NewAccount>

/** What a client may change later. Without defaults: what is not named stays as it is. */
export const AccountChange = Type.Object(
  {
    imap: Type.Optional(Type.Partial(NewAccount.properties.imap, { additionalProperties: false })),
    mode: Type.Optional(Type.Enum([...MODES])),
    addresses: NewAccount.properties.addresses,
    mailboxes: NewAccount.properties.mailboxes,
    authservId: NewAccount.properties.authservId,
    retentionDays: NewAccount.properties.retentionDays,
    paused: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type AccountChange = Static<typeof AccountChange>

export interface ImapServer {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly ca?: string | undefined
}

/** A position in one mailbox: mail with a UID below `uidNext` was there before. */
export interface MailboxPosition {
  /** Decimal string: UIDVALIDITY is a 32-bit number that imapflow hands out as a bigint. */
  readonly uidValidity: string
  readonly uidNext: number
}

/** One protected IMAP login, as stored; its password is kept apart and encrypted. */
export interface Account {
  readonly id: string
  readonly imap: ImapServer
  readonly mode: 'observe' | 'act'
  readonly paused: boolean
  /** All the reader's own addresses, lower case. */
  readonly addresses: readonly string[]
  readonly mailboxes: { readonly noise: readonly string[]; readonly later: readonly string[] }
  /** As stated by the owner; null lets the service learn it from old mail. */
  readonly authservId: string | null
  readonly retentionDays: number
  /** ms since 1970. */
  readonly createdAt: number
  /** INBOX when the account was added: what came before is learned from, never judged. Null until first reached. */
  readonly start: MailboxPosition | null
}

export interface AccountDefaults {
  readonly mailboxes: Account['mailboxes']
  readonly retentionDays: number
}

/** The stored form of a new account; `start` is where its INBOX stood. Throws INVALID_INPUT. */
export function accountFrom(
  input: NewAccount,
  defaults: AccountDefaults,
  start: MailboxPosition | null,
  now: number,
): Account {
  const { password: _, ...imap } = input.imap
  return {
    id: idOf(input),
    imap,
    mode: input.mode ?? 'observe',
    paused: false,
    addresses: (input.addresses ?? (imap.user.includes('@') ? [imap.user] : [])).map((a) => a.toLowerCase()),
    mailboxes: mailboxPaths(input.mailboxes, defaults.mailboxes),
    authservId: input.authservId ?? null,
    retentionDays: input.retentionDays ?? defaults.retentionDays,
    createdAt: now,
    start,
  }
}

/** The account with a client's change applied. Throws INVALID_INPUT. */
export function changedAccount(account: Account, change: AccountChange): Account {
  const { password: _, ...imap } = change.imap ?? {}
  return {
    ...account,
    imap: { ...account.imap, ...imap },
    mode: change.mode ?? account.mode,
    paused: change.paused ?? account.paused,
    addresses: change.addresses?.map((a) => a.toLowerCase()) ?? account.addresses,
    mailboxes: mailboxPaths(change.mailboxes, account.mailboxes),
    authservId: change.authservId ?? account.authservId,
    retentionDays: change.retentionDays ?? account.retentionDays,
  }
}

/** The levels of a mailbox name as a client or the settings file gives it. */
export function mailboxLevels(name: string | readonly string[]): readonly string[] {
  return typeof name === 'string' ? name.split('/').filter(Boolean) : name
}

function mailboxPaths(names: NewAccount['mailboxes'], fallback: Account['mailboxes']): Account['mailboxes'] {
  const paths = {
    noise: mailboxLevels(names?.noise ?? fallback.noise),
    later: mailboxLevels(names?.later ?? fallback.later),
  }
  const problem = mailboxesProblem(paths)
  if (problem)
    throw new WorthwhileError('INVALID_INPUT', problem, { details: { fields: [{ field: 'mailboxes', problem }] } })
  return paths
}

/** What is wrong with two mailboxes that are well-formed each; null when nothing is. */
export function mailboxesProblem({ noise, later }: Account['mailboxes']): string | null {
  const [a, b] = [noise, later].map((levels) => levels.join('/').toLowerCase())
  if (a === 'inbox' || b === 'inbox') return 'mailboxes.noise and mailboxes.later must be other mailboxes than INBOX'
  return a === b ? 'mailboxes.noise and mailboxes.later must be two different mailboxes' : null
}

/** The id a client gave, or one made of the login name. */
export function idOf({ id, imap }: NewAccount): string {
  const made = imap.user
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
  return id ?? (made.replace(/^-+|-+$/g, '') || 'account')
}
