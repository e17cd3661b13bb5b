import type { Account } from '../account.ts'
import { answered, connectImap, type ImapClient } from '../imap/connect.ts'
import { findMailboxes, type Mailboxes } from '../imap/mailboxes.ts'
import { logout } from '../imap/sessions.ts'
import type { Logger } from '../logger.ts'
import { readerOf } from '../message/judge.ts'
import { Pace } from '../pace.ts'
import type { AccountStore } from '../store/accounts.ts'
import type { LearnedMailbox, LearningStore } from '../store/learning.ts'
import type { StatusStore } from '../store/status.ts'
import { AuthservIdCensus } from './authserv-id-census.ts'
import { type Lesson, learnMailbox } from './learn-mailbox.ts'

export interface LearnDeps {
  readonly accounts: AccountStore
  readonly learning: LearningStore
  readonly status: StatusStore
  readonly logger: Logger
  /** Messages read at most, newest first: of Sent, and of each mailbox of received mail. */
  readonly limits: { readonly sent: number; readonly received: number }
  /** ms since 1970. */
  readonly now: () => number
}

/** In this order: contacts first, since they protect from the worst mistakes. Never Trash. */
const ORDER: readonly LearnedMailbox[] = ['sent', 'inbox', 'archive', 'junk', 'noise']

/**
 * Reads old mail in bounded batches, newest first: all mailboxes at first contact, later what was sent since.
 * Resumable: progress is stored with each batch. On its own connection, so that new mail is judged meanwhile.
 */
export async function learnAccount(accountId: string, deps: LearnDeps): Promise<void> {
  const account = await deps.accounts.find(accountId)
  if (!account) return
  const status = await deps.status.get(accountId)
  const client = await connectImap(account.imap, await deps.accounts.password(accountId))
  try {
    const mailboxes = await findMailboxes(client, account)
    const lesson = {
      account,
      reader: readerOf(account, status),
      client,
      mailboxes,
      deps,
      census: new AuthservIdCensus(),
    }
    if (status.learnedPercent < 100) await learnEverything(lesson)
    else await learnMailbox(lesson, 'sent', deps.limits.sent, async () => undefined)
  } finally {
    await logout(client)
  }
}

async function learnEverything(lesson: Lesson): Promise<void> {
  const { account, client, mailboxes, deps } = lesson
  const pace = new Pace(await plannedMessages(client, mailboxes, deps.limits), deps.now())
  const report = async (read: number) => {
    pace.advance(read, deps.now())
    await deps.status.set(account.id, { learnedPercent: pace.percent, learning: pace.figures })
  }
  for (const mailbox of ORDER) await learnMailbox(lesson, mailbox, limitOf(mailbox, deps.limits), report)
  await finish(lesson)
}

const limitOf = (mailbox: LearnedMailbox, limits: LearnDeps['limits']) =>
  mailbox === 'sent' ? limits.sent : limits.received

async function plannedMessages(client: ImapClient, mailboxes: Mailboxes, limits: LearnDeps['limits']): Promise<number> {
  let planned = 0
  for (const mailbox of ORDER) {
    const path = mailboxes[mailbox]
    const status = path ? await answered(client, 'STATUS', client.status(path, { messages: true })) : null
    planned += Math.min(limitOf(mailbox, limits), status ? (status.messages ?? 0) : 0)
  }
  return planned
}

async function finish({ account, mailboxes, census, deps }: Lesson): Promise<void> {
  const authservId = census.winner ?? (await deps.status.get(account.id)).authservId
  const lacks = lacksOf(account, mailboxes, authservId)
  await deps.status.set(account.id, { authservId, lacks, learnedPercent: 100, learning: null })
  deps.logger.info({ account: account.id, lacks: lacks.length }, 'old mail is learned')
}

/** What is missing, in plain words. */
function lacksOf(account: Account, mailboxes: Mailboxes, authservId: string | null): string[] {
  const lacks: string[] = []
  if (!mailboxes.sent) lacks.push('No Sent mailbox was found: the people you write to are unknown.')
  if (!account.authservId && !authservId)
    lacks.push(
      'Your server adds no Authentication-Results that old mail would show: senders cannot be verified. Set authservId, or "none".',
    )
  if (account.addresses.length === 0) lacks.push('Your own addresses are not known: set addresses.')
  return lacks
}
