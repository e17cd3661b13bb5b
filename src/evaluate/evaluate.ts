import { classify } from '../core/classify.ts'
import { csvLine } from './csv.ts'
import type { JudgedInbox } from './judged-inbox.ts'
import { type Mode, type Model, replay } from './replay.ts'
import type { Scored } from './score.ts'

/** Judges every inbox message; those without a label are judged but not returned. */
export function evaluate(inbox: JudgedInbox, model: Model, mode: Mode): Scored[] {
  const scored: Scored[] = []
  replay(inbox, model, mode, (judged, around) => {
    if (judged.phase !== 'inbox') return
    const { probability, verdict } = classify(judged.message, around)
    const { file, label, kind, hard, why } = judged
    if (label !== null) scored.push({ file, label, kind, hard, why, score: probability, verdict })
  })
  return scored
}

/** `file,score,verdict` with a header line, as the scorer of judged inboxes reads it. */
export function predictionsCsv(scored: readonly Scored[]): string {
  return `${['file,score,verdict', ...scored.map(({ file, score, verdict }) => csvLine([file, score.toFixed(6), verdict]))].join('\n')}\n`
}
