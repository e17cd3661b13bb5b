import { connectImap, inMailbox } from '../imap/connect.ts'
import { findMailboxes, type Mailboxes } from '../imap/mailboxes.ts'
import { logout } from '../imap/sessions.ts'
import { ENQUEUE_BATCH } from '../limits.ts'
import type { Watched } from './poller.ts'
import type { WatchDeps } from './watch-account.ts'

/** Messages of each mailbox whose decisions are made again after the store was lost, newest first. */
const MAX_RESTORED = 5_000

/**
 * Puts back what a poller remembers after the store lost its data: accounts, positions, and a decision for every message
 * that had one. Only mail above the remembered position is judged as new; nothing else is moved again.
 */
export async function restoreStore(watched: readonly Watched[], deps: WatchDeps): Promise<void> {
  for (const { stored, state } of watched) {
    await deps.accounts.restore(stored)
    if (state.position) await deps.positions.advance(stored.account.id, state.position)
    state.requestSweep()
    await restoreDecisions({ stored, state }, deps).catch((err) =>
      deps.logger.error({ err, account: stored.account.id }, 'earlier decisions could not be made again'),
    )
  }
}

async function restoreDecisions({ stored, state }: Pick<Watched, 'stored' | 'state'>, deps: WatchDeps): Promise<void> {
  const { account } = stored
  const client = await connectImap(account.imap, await deps.accounts.password(account.id))
  try {
    const mailboxes = await findMailboxes(client, account)
    for (const mailbox of ['inbox', 'noise'] as const) {
      const doneUid = mailbox === 'inbox' ? (state.position?.doneUid ?? 0) : Number.MAX_SAFE_INTEGER
      await enqueueRestored(mailbox, mailboxes, doneUid)
    }
  } finally {
    await logout(client)
  }

  async function enqueueRestored(mailbox: 'inbox' | 'noise', mailboxes: Mailboxes, doneUid: number): Promise<void> {
    const { uids, uidValidity } = await inMailbox(client, mailboxes[mailbox], async () => {
      const since = new Date(account.createdAt - 86_400_000)
      const found = (await client.search({ since }, { uid: true })) || []
      return { uids: found, uidValidity: client.mailbox ? String(client.mailbox.uidValidity) : '' }
    })
    const startUid = mailbox === 'inbox' && account.start?.uidValidity === uidValidity ? account.start.uidNext : 0
    const lost = uids.filter((uid) => uid >= startUid && uid <= doneUid).slice(-MAX_RESTORED)
    for (let i = 0; i < lost.length; i += ENQUEUE_BATCH) {
      const batch = lost.slice(i, i + ENQUEUE_BATCH)
      await deps.queues.addMessages(
        batch.map((uid) => ({
          accountId: account.id,
          mailbox,
          uidValidity,
          uid,
          announcedAt: Date.now(),
          purpose: 'restore' as const,
        })),
      )
    }
  }
}
