import type { Account } from '../account.ts'
import type { Said, Scope } from '../core/corrections.ts'
import { type CountChange, combine } from '../core/counts.ts'
import { lessonOfArrival, lessonOfVerdict } from '../core/lessons.ts'
import type { Message } from '../core/message.ts'
import type { Reader } from '../core/reader.ts'
import type { Decision } from '../decision.ts'
import { readerOf } from '../message/judge.ts'
import type { Correction } from '../store/corrections.ts'
import type { LessonStore } from '../store/lessons.ts'
import type { StatusStore } from '../store/status.ts'
import { correctionKeys } from './correction-keys.ts'

export interface TeachDeps {
  readonly lessons: LessonStore
  readonly status: StatusStore
  /** ms since 1970. */
  readonly now: () => number
}

/** The reader's word about one message: said through the API, or shown by what they did with it. */
export interface Word {
  readonly verdict: Said
  readonly scope: Scope
  readonly source: 'api' | 'moved' | 'answered' | 'flagged'
}

/**
 * Learns a word about a message, or takes it back (null), at once and exactly: whatever an earlier word about the same
 * message taught is unlearned in the same step. False when the same was said before.
 */
export async function teach(
  decision: Decision,
  message: Message,
  word: Word | null,
  account: Account,
  deps: TeachDeps,
): Promise<boolean> {
  const { feedback } = decision
  if (word && feedback && feedback.verdict === word.verdict && feedback.scope === word.scope) return false
  const reader = readerOf(account, await deps.status.get(account.id))
  const lesson = combine([
    lessonOfArrival(message, reader),
    ...(word ? [lessonOfVerdict(message, word.verdict, reader)] : []),
  ])
  const at = deps.now()
  const corrections = word ? correctionsOf(decision, message, reader, word, at) : []
  return deps.lessons.replace(decision, lesson, word ? { ...word, at } : null, corrections)
}

/** What arriving alone teaches; a second run of the same job teaches nothing more. */
export async function teachArrival(
  decision: Decision,
  message: Message,
  account: Account,
  deps: TeachDeps,
): Promise<void> {
  const reader = readerOf(account, await deps.status.get(account.id))
  await deps.lessons.replace(decision, lessonOfArrival(message, reader), null, [])
}

/** Takes back everything a message taught, by its arrival and by the reader's word. */
export async function unteach(decision: Decision, deps: TeachDeps): Promise<void> {
  const nothing: CountChange = new Map()
  await deps.lessons.replace(decision, nothing, null, [])
}

/** The message itself is always remembered; in a wider scope its sender or domain too. */
function correctionsOf(decision: Decision, message: Message, reader: Reader, word: Word, at: number): Correction[] {
  const about = correctionKeys(decision.content, message, reader)
  // A word about a whole freemail provider, or about the reader's own house, would hit people it was not meant for.
  const wider = word.scope === 'domain' && about.domain === '' ? 'sender' : word.scope
  return [...new Set(['message', wider] as const)].flatMap((scope) => {
    const key = about[scope]
    return key ? [{ scope, key, verdict: word.verdict, at, decision: decision.id }] : []
  })
}
