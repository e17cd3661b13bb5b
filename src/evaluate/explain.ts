import { basename } from 'node:path'
import { classify } from '../core/classify.ts'
import type { Classification } from '../core/decision.ts'
import { smallestFlip } from '../core/flip.ts'
import type { JudgedInbox } from './judged-inbox.ts'
import { type Mode, type Model, replay } from './replay.ts'

/**
 * The whole account of one message of an inbox, as it would be judged when its turn comes.
 * @throws Error when the inbox has no such file.
 */
export function explainFile(inbox: JudgedInbox, model: Model, mode: Mode, file: string): string[] {
  let lines: string[] | null = null
  replay(inbox, model, mode, (judged, around) => {
    if (judged.file !== file && basename(judged.file) !== basename(file)) return
    if (judged.phase !== 'inbox' && judged.file !== file) return
    const classification = classify(judged.message, around)
    const flip = smallestFlip(classification, around.settings)
    lines = [`${judged.file}: ${judged.message.subject}`, ...accountLines(classification), ...(flip ? [flip] : [])]
  })
  if (!lines) throw new Error(`${file} is not in labels.csv`)
  return lines
}

/** One line an evidence, strongest first. */
export function accountLines({ verdict, probability, evidence }: Classification): string[] {
  const rows = evidence.map(({ name, weight, text, words }) => {
    const quoted = words.length > 0 ? ` [${words.map((word) => JSON.stringify(word)).join(', ')}]` : ''
    return `${weight.toFixed(2).padStart(7)}  ${name.padEnd(24)} ${text}${quoted}`
  })
  return [`${verdict}, ${(100 * probability).toFixed(1)} % likely to be worth reading`, ...rows]
}
