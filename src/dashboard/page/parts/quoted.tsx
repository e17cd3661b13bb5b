import { inert } from '../inert.ts'
import { callName, senderOf } from '../sender.ts'
import { texts } from '../texts/texts.ts'

const NAME_LENGTH = 60
const SUBJECT_LENGTH = 160

/** Words of a mail: text only, kept apart from the direction of what surrounds them, and cut. */
export function Quoted({ text, max }: { text: string; max: number }) {
  return <bdi>{inert(text, max)}</bdi>
}

export function SenderName({ from }: { from: string }) {
  const name = callName(senderOf(from))
  return name ? <Quoted text={name} max={NAME_LENGTH} /> : <span>{texts.value.noSender}</span>
}

/** A subject for text, such as the name of a button. */
export const subjectText = (subject: string) => inert(subject, SUBJECT_LENGTH) || texts.value.noSubject

export function Subject({ subject }: { subject: string }) {
  return <bdi>{subjectText(subject)}</bdi>
}
