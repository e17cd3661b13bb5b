import type { Account } from '../account.ts'
import type { TeachDeps } from '../feedback/teach.ts'
import { inMailbox } from '../imap/connect.ts'
import { type FetchedMessage, fetchMessage } from '../imap/fetch.ts'
import { mailboxPath } from '../imap/mailboxes.ts'
import type { ImapSession, SessionPool } from '../imap/sessions.ts'
import type { MessageJob } from '../queue.ts'
import type { AccountStore } from '../store/accounts.ts'
import type { DecisionStore } from '../store/decisions.ts'
import type { JudgeDeps } from './judge.ts'

export interface CaseDeps extends JudgeDeps, TeachDeps {
  readonly accounts: AccountStore
  readonly sessions: SessionPool
  readonly decisions: DecisionStore
}

/** One message under way: what is asked, whose it is, and the connection to its mailbox. */
export interface Case {
  readonly job: MessageJob
  readonly account: Account
  readonly session: ImapSession
  readonly deps: CaseDeps
}

/** Path of the mailbox the job is about; '' when the server has none of the kind. */
export function pathOf({ job, session }: Case): string {
  return mailboxPath(session.mailboxes, job.mailbox)
}

/** The message a job refers to; null when it is gone, 'renumbered' when its UID means another one now (a sweep adds it anew). */
export async function fetchReferenced(it: Case): Promise<FetchedMessage | null | 'renumbered'> {
  const { job, session } = it
  const path = pathOf(it)
  if (path === '') return null
  return inMailbox(session.client, path, async () => {
    const { mailbox } = session.client
    const uidValidity = mailbox ? String(mailbox.uidValidity) : ''
    return uidValidity === job.uidValidity ? fetchMessage(session.client, job.uid) : 'renumbered'
  })
}
