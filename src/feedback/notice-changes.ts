import type { Account, MailboxPosition } from '../account.ts'
import { WorthwhileError } from '../errors.ts'
import { answered, searchUids } from '../imap/connect.ts'
import type { InboxWatch } from '../imap/inbox-watch.ts'
import type { Mailboxes } from '../imap/mailboxes.ts'
import { ENQUEUE_BATCH, MAX_NOTICED } from '../limits.ts'
import type { JobQueues, MessageJob } from '../queue.ts'
import type { ReaderActStore } from '../store/reader-acts.ts'
import { uidValidityOf } from '../watch/sweep.ts'

export interface NoticeDeps {
  readonly queues: JobQueues
  readonly acts: ReaderActStore
}

/** Looks for what the reader did with mail, also while nobody watched, and enqueues it to be learned from. */
export async function noticeChanges(
  account: Account,
  watch: InboxWatch,
  mailboxes: Mailboxes,
  deps: NoticeDeps,
): Promise<void> {
  await noticeFiled(account, 'noise', mailboxes.noise, watch, deps)
  if (mailboxes.junk) await noticeFiled(account, 'junk', mailboxes.junk, watch, deps)
  await noticeHandled(account, watch, deps)
}

/** Messages that appeared in Noise or Junk since the last look, other than those the service put there. */
async function noticeFiled(
  account: Account,
  mailbox: 'noise' | 'junk',
  path: string,
  watch: InboxWatch,
  deps: NoticeDeps,
): Promise<void> {
  const now = await positionOf(watch, path)
  const before = await deps.acts.seenUpTo(account.id, mailbox)
  if (before?.uidValidity === now.uidValidity && now.uidNext > before.uidNext) {
    const fresh = range(Math.max(before.uidNext, now.uidNext - MAX_NOTICED), now.uidNext)
    const others = mailbox === 'noise' ? await deps.acts.withoutOwn(account.id, now.uidValidity, fresh) : fresh
    await enqueueAll(account.id, { mailbox, uidValidity: now.uidValidity, purpose: 'appeared' }, others, deps.queues)
  }
  if (before?.uidValidity !== now.uidValidity || before.uidNext !== now.uidNext)
    await deps.acts.setSeenUpTo(account.id, mailbox, now)
}

async function positionOf({ client }: InboxWatch, path: string): Promise<MailboxPosition> {
  const status = await answered(client, 'STATUS', client.status(path, { uidNext: true, uidValidity: true }))
  if (!status) throw new WorthwhileError('IMAP_REFUSED', 'The server does not tell the state of a mailbox.')
  return { uidValidity: String(status.uidValidity ?? 0), uidNext: status.uidNext ?? 1 }
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)

/** Messages in INBOX that the reader has answered or flagged since the account was added. */
async function noticeHandled(account: Account, watch: InboxWatch, deps: NoticeDeps): Promise<void> {
  const uidValidity = uidValidityOf(watch)
  const start = account.start?.uidValidity === uidValidity ? account.start.uidNext : 1
  const since = new Date(account.createdAt - 86_400_000)
  const found = await searchUids(watch.client, {
    uid: `${start}:*`,
    since,
    or: [{ answered: true }, { flagged: true }],
  })
  const recent = found.filter((uid) => uid >= start).slice(-MAX_NOTICED)
  const fresh = await deps.acts.newlyHandled(account.id, uidValidity, recent)
  await enqueueAll(account.id, { mailbox: 'inbox', uidValidity, purpose: 'handled' }, fresh, deps.queues)
  await deps.acts.markHandled(account.id, uidValidity, fresh)
}

async function enqueueAll(
  accountId: string,
  what: Pick<MessageJob, 'mailbox' | 'uidValidity' | 'purpose'>,
  uids: readonly number[],
  queues: JobQueues,
): Promise<void> {
  const announcedAt = Date.now()
  for (let i = 0; i < uids.length; i += ENQUEUE_BATCH) {
    const batch = uids.slice(i, i + ENQUEUE_BATCH)
    await queues.addMessages(batch.map((uid) => ({ ...what, accountId, uid, announcedAt })))
  }
}
