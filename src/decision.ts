import type { Classification, Evidence, Verdict } from './core/decision.ts'
import type { Message } from './core/message.ts'
import { MAX_KEPT_ADDRESS, MAX_KEPT_EVIDENCE, MAX_KEPT_SUBJECT, MAX_KEPT_WORD, MAX_KEPT_WORDS } from './limits.ts'

/** Names one message of an account for as long as its mailbox keeps its UIDVALIDITY (RFC 3501 2.3.1.1). */
export interface MessageRef {
  readonly accountId: string
  readonly mailbox: 'inbox' | 'noise' | 'junk'
  /** Decimal string. */
  readonly uidValidity: string
  readonly uid: number
}

/** What the service concluded and did about one message. Times are ms since 1970. */
export interface Decision {
  readonly id: string
  readonly account: string
  readonly uid: number
  readonly verdict: Verdict
  readonly probability: number
  readonly receivedAt: number
  readonly decidedAt: number
  /** When the server announced the message to the poller. */
  readonly announcedAt: number
  readonly sizeBytes: number
  /** Keyed hash that recognises the same message under another UID. */
  readonly content: string
  /** Path on the server of where the message is now; null when it vanished before it could be read. */
  readonly mailbox: string | null
  /** UID in that mailbox; null when the server did not say. */
  readonly placeUid: number | null
  readonly moved: boolean
  /** Set when the reader, not the service, put the message where it is. */
  readonly placedBy?: 'reader'
  /** ms from announcement to the end of the work; null until settled. */
  readonly latencyMs: number | null
  /** Why nothing was moved although it might have been, or what went wrong; a code and a sentence. */
  readonly problem?: { readonly code: string; readonly text: string }
  readonly feedback?: Feedback
  /** When the decision was undone, ms since 1970. */
  readonly undoneAt?: number
  readonly quotes: Quotes
}

/** What the reader said about a message, or showed by what they did with it. */
export interface Feedback {
  readonly verdict: 'valuable' | 'noise'
  readonly scope: 'message' | 'sender' | 'domain'
  readonly source: 'api' | 'moved' | 'answered' | 'flagged'
  readonly at: number
}

/** What a decision quotes of the message: kept for the retention time only. */
export interface Quotes {
  readonly messageId: string | null
  readonly from: string
  readonly subject: string
  readonly evidence: readonly Evidence[]
}

/** The decision id of a message: the same on every worker and every run. */
export function decisionId(ref: MessageRef): string {
  const mark = { inbox: '', noise: 'n', junk: 'j' }[ref.mailbox]
  return `${ref.accountId}.${mark}${ref.uidValidity}.${ref.uid}`
}

/** The account part of a decision id; null when it is not one. */
export function accountOfDecision(id: string): string | null {
  return /^([a-z0-9][a-z0-9_-]{0,62})\.[nj]?\d{1,10}\.\d{1,10}$/.exec(id)?.[1] ?? null
}

/** What is worth keeping of a message and its classification, cut to the limits. */
export function quotesOf(message: Message, classification: Classification): Quotes {
  const from = message.from
  return {
    messageId: message.messageId?.slice(0, MAX_KEPT_ADDRESS) ?? null,
    from: (from?.name ? `${from.name} <${from.address}>` : (from?.address ?? '')).slice(0, MAX_KEPT_ADDRESS),
    subject: message.subject.slice(0, MAX_KEPT_SUBJECT),
    evidence: classification.evidence.slice(0, MAX_KEPT_EVIDENCE).map(keptEvidence),
  }
}

function keptEvidence(evidence: Evidence): Evidence {
  const words = evidence.words.slice(0, MAX_KEPT_WORDS).map((word) => word.slice(0, MAX_KEPT_WORD))
  return { ...evidence, words, text: evidence.text.slice(0, 2 * MAX_KEPT_WORD) }
}

/** Quotes of a decision whose retention time is over, or of a message that could not be read. */
export const NO_QUOTES: Quotes = { messageId: null, from: '', subject: '', evidence: [] }
