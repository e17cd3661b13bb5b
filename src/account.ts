import { type Static, Type } from 'typebox'

const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,62}$', description: 'lower-case letters, digits, _ and -' })
const MailboxPath = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 5 })
export const MailboxName = Type.Union([MailboxPath, Type.String({ minLength: 1, maxLength: 300 })], {
  description: 'one item a level, or one string with / between levels',
})
const Address = Type.String({ pattern: '^[^\\s@<>]+@[^\\s@<>]+$', maxLength: 320 })

/** What a client sends to add an account; the same fields stand under `accounts` in the settings file. */
export const NewAccount = Type.Object(
  {
    id: Type.Optional(Id),
    imap: Type.Object(
      {
        host: Type.String({ minLength: 1, maxLength: 253 }),
        port: Type.Integer({ minimum: 1, maximum: 65535 }),
        security: Type.Union([Type.Literal('tls'), Type.Literal('starttls'), Type.Literal('none')]),
        user: Type.String({ minLength: 1, maxLength: 320 }),
        password: Type.String({ minLength: 1, maxLength: 1000 }),
        ca: Type.Optional(
          Type.String({ maxLength: 20_000, description: 'PEM of a certificate authority trusted for this host' }),
        ),
      },
      { additionalProperties: false },
    ),
    mode: Type.Optional(Type.Union([Type.Literal('observe'), Type.Literal('act')], { default: 'observe' })),
    addresses: Type.Optional(Type.Array(Address, { maxItems: 100 })),
    mailboxes: Type.Optional(
      Type.Object(
        { noise: Type.Optional(MailboxName), later: Type.Optional(MailboxName) },
        { additionalProperties: false },
      ),
    ),
    authservId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        description: "the receiving server's name in Authentication-Results; 'none' when it adds no such header",
      }),
    ),
    retentionDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 3650 })),
  },
  { additionalProperties: false },
)
export type NewAccount = Static<typeof NewAccount>

/** What a client may change later. */
export const AccountChange = Type.Object(
  {
    imap: Type.Optional(Type.Partial(NewAccount.properties.imap, { additionalProperties: false })),
    mode: NewAccount.properties.mode,
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

/** The stored form of a new account; `start` is where its INBOX stood. */
export function accountFrom(
  input: NewAccount,
  defaults: AccountDefaults,
  start: MailboxPosition | null,
  now: number,
): Account {
  const { password: _, ...imap } = input.imap
  return {
    id: input.id ?? idFor(imap.user),
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

/** The account with a client's change applied. */
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

function mailboxPaths(names: NewAccount['mailboxes'], fallback: Account['mailboxes']): Account['mailboxes'] {
  const levels = (name: string | string[] | undefined, or: readonly string[]) =>
    typeof name === 'string' ? name.split('/').filter(Boolean) : (name ?? or)
  return { noise: levels(names?.noise, fallback.noise), later: levels(names?.later, fallback.later) }
}

function idFor(user: string): string {
  return (
    user
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'account'
  )
}
