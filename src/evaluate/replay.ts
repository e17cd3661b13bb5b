import type { Baseline } from '../core/baseline.ts'
import { questionsAbout, type Surroundings } from '../core/classify.ts'
import { lessonOfArrival, lessonOfHistory, lessonOfSent, lessonOfVerdict } from '../core/lessons.ts'
import type { ClassifierSettings } from '../core/settings.ts'
import type { JudgedInbox, JudgedMessage } from './judged-inbox.ts'
import { MemoryCounts } from './memory-counts.ts'

/** What the classifier is told: the flags of old mail, also its labels, or also each new message's label after it was judged. */
export type Mode = 'cold' | 'taught' | 'corrected'

export const MODES: readonly Mode[] = ['cold', 'taught', 'corrected']

export interface Model {
  readonly baseline: Baseline
  readonly settings: ClassifierSettings
}

/** Called with each message before anything is learned from it. */
export type Visit = (judged: JudgedMessage, around: Surroundings) => void

/**
 * Lives through an inbox in the order of its messages: sent mail becomes known when its date is reached, old mail is learned with its
 * flags, the clock is each message's date. Labels reach the classifier in no other way than the mode says.
 */
export function replay(inbox: JudgedInbox, model: Model, mode: Mode, visit: Visit): void {
  const counts = new MemoryCounts()
  const sent = inbox.messages.filter(({ phase }) => phase === 'sent').sort((a, b) => a.date - b.date)
  for (const judged of inbox.messages) {
    if (judged.phase === 'sent') continue
    learnSent(sent, judged.date, counts)
    visit(judged, surroundings(judged, model, counts))
    learn(judged, mode, counts)
  }
}

/** Takes what was sent until `now` off the list and learns it. */
function learnSent(sent: JudgedMessage[], now: number, counts: MemoryCounts): void {
  for (let next = sent[0]; next && next.date <= now; next = sent[0]) {
    counts.apply(lessonOfSent(next.message, next.reader))
    sent.shift()
  }
}

function surroundings({ message, reader, date }: JudgedMessage, model: Model, counts: MemoryCounts): Surroundings {
  return {
    ...model,
    reader,
    knowledge: { counts: counts.read(questionsAbout(message, reader, date)), incomplete: false },
    now: date,
  }
}

function learn({ message, reader, phase, flags, label }: JudgedMessage, mode: Mode, counts: MemoryCounts): void {
  if (phase === 'history') counts.apply(lessonOfHistory(message, flags, 'inbox', reader))
  else counts.apply(lessonOfArrival(message, reader))
  const told = phase === 'history' ? mode !== 'cold' : mode === 'corrected'
  if (told && label !== null) counts.apply(lessonOfVerdict(message, label, reader))
}
