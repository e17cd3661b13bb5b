import type { Account, MailboxPosition } from '../account.ts'
import type { InboxWatch } from '../imap/inbox-watch.ts'
import { ENQUEUE_BATCH } from '../limits.ts'
import type { JobQueues, MessageJob } from '../queue.ts'
import type { InboxPosition, PositionStore } from '../store/positions.ts'

export interface SweepDeps {
  readonly queues: JobQueues
  readonly positions: PositionStore
}

/**
 * Compares INBOX with what was decided and enqueues the rest: the mailbox is the truth, the queue a cache of it.
 * `remembered` is where this process last was, for a store that lost its data. Returns the position it reached, up to which everything is dealt with, and the last UID it saw.
 */
export async function sweep(
  account: Account,
  watch: InboxWatch,
  deps: SweepDeps,
  remembered: InboxPosition | null,
): Promise<{ position: InboxPosition; lastUid: number }> {
  const uidValidity = uidValidityOf(watch)
  const position = await startingPoint(account, uidValidity, deps, remembered)
  const present = await watch.uidsAbove(position.doneUid, position.since)
  const decided = await deps.positions.decidedUids(account.id)
  const todo = present.filter((uid) => !decided.has(uid))
  await enqueue(account.id, uidValidity, todo, Date.now(), deps.queues)
  await deps.queues.retryFailed(account.id, uidValidity, new Set(todo))
  const doneUid = (todo[0] === undefined ? present.at(-1) : todo[0] - 1) ?? position.doneUid
  const reached = { uidValidity, doneUid: Math.max(doneUid, position.doneUid) }
  await deps.positions.advance(account.id, reached)
  return { position: reached, lastUid: present.at(-1) ?? position.doneUid }
}

interface StartingPoint extends InboxPosition {
  /** Set after a renumbering: only what arrived since the account was added is of interest. */
  readonly since?: Date
}

async function startingPoint(
  account: Account,
  uidValidity: string,
  deps: SweepDeps,
  remembered: InboxPosition | null,
): Promise<StartingPoint> {
  const known = (await deps.positions.inbox(account.id)) ?? remembered
  if (known?.uidValidity === uidValidity) return known
  if (account.start?.uidValidity === uidValidity) return { uidValidity, doneUid: account.start.uidNext - 1 }
  await deps.positions.restart(account.id, { uidValidity, uidNext: 1 })
  return { uidValidity, doneUid: 0, since: new Date(account.createdAt - 86_400_000) }
}

/** Adds jobs in bounded batches; what is queued already is not added again. */
export async function enqueue(
  accountId: string,
  uidValidity: string,
  uids: readonly number[],
  announcedAt: number,
  queues: JobQueues,
): Promise<void> {
  for (let i = 0; i < uids.length; i += ENQUEUE_BATCH) {
    const batch = uids.slice(i, i + ENQUEUE_BATCH)
    await queues.addMessages(
      batch.map(
        (uid): MessageJob => ({ accountId, mailbox: 'inbox', uidValidity, uid, announcedAt, purpose: 'judge' }),
      ),
    )
  }
}

/** UIDVALIDITY of the selected mailbox as a decimal string. */
export function uidValidityOf({ client }: InboxWatch): string {
  return client.mailbox ? String(client.mailbox.uidValidity) : ''
}

/** Where the selected mailbox stands. */
export function positionNow(watch: InboxWatch): MailboxPosition {
  const { mailbox } = watch.client
  return { uidValidity: uidValidityOf(watch), uidNext: mailbox ? mailbox.uidNext : 1 }
}
