import type { Account } from '../account.ts'
import { asWorthwhileError, type WorthwhileError } from '../errors.ts'
import { type NoticeDeps, noticeChanges } from '../feedback/notice-changes.ts'
import { answered, connectImap } from '../imap/connect.ts'
import { InboxWatch } from '../imap/inbox-watch.ts'
import { findMailboxes, type Mailboxes } from '../imap/mailboxes.ts'
import { logout } from '../imap/sessions.ts'
import * as limits from '../limits.ts'
import type { Logger } from '../logger.ts'
import type { AccountStore } from '../store/accounts.ts'
import type { InboxPosition } from '../store/positions.ts'
import type { StatusStore } from '../store/status.ts'
import { enqueue, positionNow, type SweepDeps, sweep, uidValidityOf } from './sweep.ts'

export interface WatchDeps extends SweepDeps, NoticeDeps {
  readonly accounts: AccountStore
  readonly status: StatusStore
  readonly logger: Logger
}

/** What a watch tells its supervisor while it runs. */
export interface WatchState {
  /** Everything up to here was dealt with at the last sweep; kept in memory against the loss of the store. */
  position: InboxPosition | null
  /** Asks for a sweep at once. */
  requestSweep: () => void
}

/** Watches one INBOX until `signal` aborts: connects, catches up, listens; reconnects after growing pauses. Never throws. */
export async function watchAccount(
  account: Account,
  state: WatchState,
  deps: WatchDeps,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  const recovered = () => {
    failures = 0
  }
  while (!signal.aborted) {
    try {
      await watchOnce({ account, state, deps, signal, recovered })
    } catch (error) {
      const problem = asWorthwhileError(error)
      await reportProblem(account, problem, deps)
      await pause(retryPauseMs(problem, failures++), signal)
    }
  }
}

interface Watch {
  readonly account: Account
  readonly state: WatchState
  readonly deps: WatchDeps
  readonly signal: AbortSignal
  /** Called when a connection works, so that the next failure is retried soon again. */
  readonly recovered: () => void
}

/** One connection's life: returns when aborted, throws when the connection fails. */
async function watchOnce(watch: Watch): Promise<void> {
  const { account, deps, signal, state } = watch
  const client = await connectImap(account.imap, await deps.accounts.password(account.id))
  const inbox = new InboxWatch(client)
  const wake = () => inbox.wake()
  signal.addEventListener('abort', wake)
  state.requestSweep = wake
  try {
    const mailboxes = await findMailboxes(client, account)
    await answered(client, 'SELECT', client.mailboxOpen(mailboxes.inbox))
    await follow({ ...watch, account: await withStart(account, inbox, deps) }, inbox, mailboxes)
  } finally {
    state.requestSweep = () => undefined
    signal.removeEventListener('abort', wake)
    await logout(client)
  }
}

/** An account of the settings file is reached for the first time: what lies in its INBOX now is old. */
async function withStart(account: Account, inbox: InboxWatch, deps: WatchDeps): Promise<Account> {
  if (account.start) return account
  const started = { ...account, start: positionNow(inbox) }
  await deps.accounts.update(started)
  return started
}

/** Catches up, then enqueues what the server announces, and sweeps now and then or when asked. */
async function follow(watch: Watch, inbox: InboxWatch, mailboxes: Mailboxes): Promise<void> {
  let lastUid = await catchUp(watch, inbox, mailboxes)
  let nextSweepAt = Date.now() + limits.SWEEP_INTERVAL_MS
  while (!watch.signal.aborted) {
    const reason = await inbox.wait()
    if (reason === 'announced') lastUid = await enqueueNew(watch, inbox, lastUid)
    else if (reason === 'changed') await noticeChanges(watch.account, inbox, mailboxes, watch.deps)
    else if (reason === 'woken' || Date.now() >= nextSweepAt) {
      if (watch.signal.aborted) return
      lastUid = await catchUp(watch, inbox, mailboxes)
      nextSweepAt = Date.now() + limits.SWEEP_INTERVAL_MS
    } else {
      await noticeChanges(watch.account, inbox, mailboxes, watch.deps)
      await watch.deps.status.set(watch.account.id, { lastSyncAt: Date.now() })
    }
  }
}

/** Sweeps INBOX, and has newly sent mail learned. Returns the last UID seen. */
async function catchUp(
  { account, state, deps, recovered }: Watch,
  inbox: InboxWatch,
  mailboxes: Mailboxes,
): Promise<number> {
  const { position, lastUid } = await sweep(account, inbox, deps, state.position)
  state.position = position
  await noticeChanges(account, inbox, mailboxes, deps)
  await learnWhatIsNew(account, inbox, mailboxes, deps)
  await deps.status.set(account.id, { problem: null, lastSyncAt: Date.now() })
  recovered()
  return lastUid
}

async function enqueueNew({ account, deps }: Watch, inbox: InboxWatch, lastUid: number): Promise<number> {
  const uids = await inbox.uidsAbove(lastUid)
  await enqueue(account.id, uidValidityOf(inbox), uids, inbox.announcedAt, deps.queues)
  if (uids.length > 0) await deps.status.set(account.id, { lastMailAt: inbox.announcedAt, lastSyncAt: Date.now() })
  return uids.at(-1) ?? lastUid
}

/** Has old mail read at first contact, and later whatever the reader sent meanwhile. */
async function learnWhatIsNew(
  account: Account,
  { client }: InboxWatch,
  mailboxes: Mailboxes,
  deps: WatchDeps,
): Promise<void> {
  const { learnedPercent, sentUid } = await deps.status.get(account.id)
  if (learnedPercent < 100 || (mailboxes.sent !== null && (await uidNextOf(client, mailboxes.sent)) > sentUid + 1))
    await deps.queues.addLearning(account.id)
}

async function uidNextOf(client: InboxWatch['client'], path: string): Promise<number> {
  const status = await answered(client, 'STATUS', client.status(path, { uidNext: true }))
  return status ? (status.uidNext ?? 1) : 1
}

async function reportProblem(account: Account, problem: WorthwhileError, deps: WatchDeps): Promise<void> {
  deps.logger.warn({ account: account.id, code: problem.code, err: problem }, 'watching failed; it is tried again')
  if (problem.code === 'STORE_UNAVAILABLE') return
  const text = { code: problem.code, text: problem.message }
  await deps.status
    .set(account.id, { problem: text })
    .catch((err) => deps.logger.warn({ account: account.id, err }, 'the problem could not be stored'))
}

/** Pause before the next attempt, in ms: doubling, with jitter, longer after a refused login. */
export function retryPauseMs(problem: WorthwhileError, failures: number): number {
  const [min, max] = pauseBounds(problem)
  const full = Math.min(max, min * 2 ** Math.min(failures, 20))
  return full * (0.5 + Math.random() / 2)
}

function pauseBounds(problem: WorthwhileError): [number, number] {
  if (problem.code === 'IMAP_AUTH') return [limits.AUTH_RETRY_MIN_MS, limits.AUTH_RETRY_MAX_MS]
  if (problem.code === 'STORE_UNAVAILABLE') return [limits.RECONNECT_MIN_MS, 2 * limits.RECONNECT_MIN_MS]
  return [limits.RECONNECT_MIN_MS, limits.RECONNECT_MAX_MS]
}

/** Waits, or returns at once when `signal` aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
