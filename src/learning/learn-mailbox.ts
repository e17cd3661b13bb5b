import type { Account } from '../account.ts'
import { type CountChange, combine } from '../core/counts.ts'
import { lessonOfHistory, lessonOfSent } from '../core/lessons.ts'
import type { Reader } from '../core/reader.ts'
import { type ImapClient, inMailbox, searchUids } from '../imap/connect.ts'
import { type FetchedSource, fetchSources } from '../imap/fetch-sources.ts'
import type { Mailboxes } from '../imap/mailboxes.ts'
import { LEARN_BATCH } from '../limits.ts'
import { parseMessage } from '../parse.ts'
import type { LearnedMailbox, Progress } from '../store/learning.ts'
import type { AuthservIdCensus } from './authserv-id-census.ts'
import type { LearnDeps } from './learn-account.ts'

/** What learning from one account needs. */
export interface Lesson {
  readonly account: Account
  readonly reader: Reader
  readonly client: ImapClient
  readonly mailboxes: Mailboxes
  readonly census: AuthservIdCensus
  readonly deps: LearnDeps
}

/** Learns what is new above the progress, then goes on below it until the limit; `report` gets the number read after each batch. */
export async function learnMailbox(
  lesson: Lesson,
  mailbox: LearnedMailbox,
  limit: number,
  report: (read: number) => Promise<void>,
): Promise<void> {
  const path = lesson.mailboxes[mailbox]
  if (path === null) return
  await inMailbox(lesson.client, path, async () => {
    const opened = lesson.client.mailbox
    const uidValidity = opened ? String(opened.uidValidity) : ''
    let progress = await knownProgress(lesson, mailbox, uidValidity)
    for (const batch of batchesOf(await pendingUids(lesson, mailbox, progress, limit))) {
      progress = await learnBatch(lesson, mailbox, batch, progress)
      await report(batch.length)
    }
    if (mailbox === 'sent' && opened) await lesson.deps.status.set(lesson.account.id, { sentUid: opened.uidNext - 1 })
  })
}

async function knownProgress(
  { account, client, deps }: Lesson,
  mailbox: LearnedMailbox,
  uidValidity: string,
): Promise<Progress> {
  const known = await deps.learning.progress(account.id, mailbox)
  if (known && known.uidValidity !== uidValidity && client.mailbox) {
    // After a renumbering there is no telling which messages were learned: learning them twice would be worse than missing some.
    const renumbered = { uidValidity, low: 1, high: client.mailbox.uidNext - 1, read: known.read }
    await deps.learning.advance(account.id, mailbox, new Map(), renumbered, known.read)
    return renumbered
  }
  return known ?? { uidValidity, low: Number.MAX_SAFE_INTEGER, high: 0, read: 0 }
}

/** Newest first: what came above `high`, then what lies below `low`, the latter only up to the limit. */
async function pendingUids(
  lesson: Lesson,
  mailbox: LearnedMailbox,
  { low, high, read, uidValidity }: Progress,
  limit: number,
): Promise<number[]> {
  const { start } = lesson.account
  // What arrived in INBOX since the account was added is judged, and learned from by what the reader does with it.
  const isOld = (uid: number) => mailbox !== 'inbox' || start?.uidValidity !== uidValidity || uid < start.uidNext
  const newestFirst = (await searchUids(lesson.client, { all: true })).filter(isOld).reverse()
  if (read === 0) return newestFirst.slice(0, limit)
  const above = newestFirst.filter((uid) => uid > high).reverse()
  const below = newestFirst.filter((uid) => uid < low)
  return [...above, ...below.slice(0, Math.max(0, limit - read))]
}

function* batchesOf(uids: readonly number[]): Generator<readonly number[]> {
  for (let i = 0; i < uids.length; i += LEARN_BATCH) yield uids.slice(i, i + LEARN_BATCH)
}

async function learnBatch(
  lesson: Lesson,
  mailbox: LearnedMailbox,
  uids: readonly number[],
  before: Progress,
): Promise<Progress> {
  const { client, account, deps } = lesson
  const changes: CountChange[] = []
  for (const fetched of await fetchSources(client, uids)) changes.push(await changeOf(lesson, mailbox, fetched))
  const progress = {
    uidValidity: before.uidValidity,
    low: Math.min(before.low, ...uids),
    high: Math.max(before.high, ...uids),
    read: before.read + uids.length,
  }
  await deps.learning.advance(account.id, mailbox, combine(changes), progress, before.read)
  return progress
}

/** What one old message teaches; one that cannot be read teaches nothing. */
async function changeOf(
  { reader, deps, account, census }: Lesson,
  mailbox: LearnedMailbox,
  fetched: FetchedSource,
): Promise<CountChange> {
  try {
    const message = await parseMessage(fetched.source, { sizeBytes: fetched.sizeBytes, truncated: fetched.truncated })
    if (mailbox === 'sent') return lessonOfSent(message, reader)
    if (mailbox !== 'noise') census.count(message)
    return lessonOfHistory(message, fetched.flags, mailbox, reader)
  } catch (err) {
    deps.logger.warn({ err, account: account.id }, 'an old message could not be read; nothing is learned from it')
    return new Map()
  }
}
