import type { Decision } from '../decision.ts'
import type { FetchedMessage } from '../imap/fetch.ts'
import { type MoveResult, moveMessage } from '../imap/move.ts'
import type { Outcome } from '../store/decisions.ts'
import type { Case } from './case.ts'
import { contentHash } from './judge.ts'

type Problem = NonNullable<Decision['problem']>

const HANDLED: Problem = {
  code: 'HANDLED_BY_READER',
  text: 'It was not moved: the reader had answered, flagged or deleted it already.',
}

const NOT_MOVED: Record<Extract<MoveResult, { moved: false }>['reason'], Problem> = {
  gone: { code: 'MESSAGE_GONE', text: 'It was not moved: another client had taken it out of INBOX.' },
  unsupported: {
    code: 'MOVE_UNSUPPORTED',
    text: 'It stays in INBOX: the server has neither MOVE nor UIDPLUS, so it cannot be moved without risk.',
  },
  refused: { code: 'MOVE_REFUSED', text: 'It stays in INBOX: the server did not confirm the move.' },
}

/**
 * Moves noise out of INBOX where the account is set to act; everything else stays. Returns where the message is then.
 * `resumed`: an earlier run recorded the decision and may have begun the move.
 */
export async function fileNoise(
  it: Case,
  decision: Decision,
  fetched: FetchedMessage | null,
  resumed: boolean,
): Promise<Outcome> {
  const { session, deps } = it
  const unmoved = { mailbox: decision.mailbox, placeUid: decision.placeUid, moved: decision.moved }
  if (!(await isToBeMoved(it, decision)) || (!fetched && !resumed)) return { ...unmoved, settledAt: deps.now() }
  if (fetched && !mayHaveCopied(it, resumed) && isHandledByReader(fetched))
    return { ...unmoved, problem: HANDLED, settledAt: deps.now() }
  const matches = (fingerprint: string) => contentHash(deps.secrets, decision.account, fingerprint) === decision.content
  const message = { uid: decision.uid, uidValidity: it.job.uidValidity, sizeBytes: decision.sizeBytes, matches }
  const path = { source: session.mailboxes.inbox, destination: session.mailboxes.noise }
  const result = await moveMessage(
    session.client,
    message,
    path,
    (copy) => deps.decisions.claim(decision, copy),
    resumed,
  )
  if (result.moved) return { mailbox: path.destination, placeUid: result.uid, moved: true, settledAt: deps.now() }
  const place = result.reason === 'gone' ? { mailbox: null, placeUid: null, moved: false } : unmoved
  return { ...place, problem: NOT_MOVED[result.reason], settledAt: deps.now() }
}

/** Looked up anew just before the move: a retry may come long after the reader has said or done something else. */
async function isToBeMoved({ job, deps }: Case, { id, verdict }: Decision): Promise<boolean> {
  if (verdict !== 'noise' || job.purpose !== 'judge') return false
  const [account, now] = await Promise.all([deps.accounts.find(job.accountId), deps.decisions.find(id)])
  const isTakenBack = now?.undoneAt !== undefined || now?.feedback?.verdict === 'valuable' || now?.placedBy === 'reader'
  return account?.mode === 'act' && !account.paused && now !== null && !isTakenBack
}

/** Never fight the reader: what they answered, flagged or deleted before the service came to it is theirs. */
function isHandledByReader(fetched: FetchedMessage): boolean {
  return ['\\Answered', '\\Flagged', '\\Deleted'].some((flag) => fetched.flags.includes(flag))
}

/** A move without MOVE that was cut off may have left a copy, and its own mark on the source: it must be finished. */
function mayHaveCopied({ session }: Case, resumed: boolean): boolean {
  return resumed && !session.client.capabilities.has('MOVE')
}
