import type { Account } from '../account.ts'
import type { Decision } from '../decision.ts'
import { WorthwhileError } from '../errors.ts'
import { moveMessage } from '../imap/move.ts'
import type { ImapSession, SessionPool } from '../imap/sessions.ts'
import { contentHash } from '../message/judge.ts'
import { parseMessage } from '../parse.ts'
import type { Secrets } from '../secrets.ts'
import type { AccountStore } from '../store/accounts.ts'
import type { DecisionStore } from '../store/decisions.ts'
import { type Located, locate } from './locate.ts'
import { type TeachDeps, teach, unteach, type Word } from './teach.ts'

export interface FeedbackDeps extends TeachDeps {
  readonly accounts: AccountStore
  readonly decisions: DecisionStore
  readonly sessions: SessionPool
  readonly secrets: Secrets
}

/** A decision with what is needed to act on its message. */
interface Matter {
  readonly decision: Decision
  readonly account: Account
  readonly session: ImapSession
  readonly deps: FeedbackDeps
}

/**
 * Takes the reader's word about a decided message: learns it at once, and moves the message where it belongs.
 * Throws CONFLICT when the message is gone or the reader has filed it elsewhere: nothing is forced, nothing is learned.
 */
export async function applyFeedback(decision: Decision, word: Word, deps: FeedbackDeps): Promise<Decision> {
  const matter = await matterOf(decision, deps)
  const place = await locate(decision, matter.session, deps.secrets)
  const { inbox, noise, later, junk } = matter.session.mailboxes
  if (!place)
    throw conflict('The message is no longer there: it was deleted or moved to a mailbox that is not looked into.')
  if (![inbox, noise, later, junk].includes(place.mailbox))
    throw conflict('You have moved the message to another mailbox meanwhile; it stays there.')
  const { source, sizeBytes, truncated, attachments } = place.fetched
  const message = await parseMessage(source, { sizeBytes, truncated, attachments })
  await teach(decision, message, word, matter.account, deps)
  await putInto(word.verdict === 'valuable' ? inbox : noise, place, matter)
  return (await deps.decisions.find(decision.id)) ?? decision
}

/**
 * Makes a decision undone: what its message taught is unlearned to the byte, and a message that the service had moved is
 * back in INBOX. Undoing twice is the same as once; a message the reader has moved or deleted since stays where it is.
 */
export async function undoDecision(decision: Decision, deps: FeedbackDeps): Promise<Decision> {
  // Marked first, so that the message coming back is not taken for the reader's doing.
  await deps.decisions.markUndone(decision, deps.now())
  await unteach(decision, deps)
  const matter = await matterOf(decision, deps)
  const { inbox, noise, later } = matter.session.mailboxes
  const place = await locate(decision, matter.session, deps.secrets)
  const isOurs = decision.placedBy !== 'reader'
  if (place && isOurs && [noise, later].includes(place.mailbox)) await putInto(inbox, place, matter)
  return (await deps.decisions.find(decision.id)) ?? decision
}

async function matterOf(decision: Decision, deps: FeedbackDeps): Promise<Matter> {
  const account = await deps.accounts.get(decision.account)
  return { decision, account, session: await deps.sessions.open(account), deps }
}

const conflict = (text: string) => new WorthwhileError('CONFLICT', text)

/** Moves a located message, unless it is there already or the account only observes; records where it is then. */
async function putInto(
  destination: string,
  place: Located,
  { decision, account, session, deps }: Matter,
): Promise<void> {
  if (account.mode === 'observe' || place.mailbox === destination) return
  const matches = (fingerprint: string) => contentHash(deps.secrets, account.id, fingerprint) === decision.content
  const message = { uid: place.uid, sizeBytes: decision.sizeBytes, matches }
  const claim =
    destination === session.mailboxes.noise
      ? (copy: { uidValidity: string; uid: number }) => deps.decisions.claim(decision, copy)
      : async () => true
  const result = await moveMessage(session.client, message, { source: place.mailbox, destination }, claim, false)
  if (!result.moved)
    throw conflict(`The message could not be moved (${result.reason}); what you said is learned all the same.`)
  await deps.decisions.relocate(decision, { mailbox: destination, uid: result.uid })
  if (destination === session.mailboxes.inbox) await deps.decisions.markDecided(account.id, result.uid)
}
