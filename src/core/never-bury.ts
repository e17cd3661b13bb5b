import type { Scene } from './heuristics/heuristic.ts'

/** Why a message may not be moved away, whatever the model says. */
export interface Reason {
  readonly text: string
  readonly words: readonly string[]
}

/**
 * DESIGN invariant 5. People the reader has written to (proven, or while the reader's server is not known yet), answers to the reader's
 * own messages, codes and resets, changed calendar entries; and everybody when a look-up failed: taking a stranger for a
 * contact costs a glance, the reverse may cost a customer. The reader's own word about that very sender outranks the first.
 */
export function neverBuryReason(scene: Scene): Reason | null {
  const { reading, standing } = scene
  if (standing.incomplete)
    return { text: 'What is known about the sender could not be looked up, so they count as known.', words: [] }
  if (standing.answersReader && !standing.impersonated) return { text: 'It answers a message you sent.', words: [] }
  const known = standing.writtenTo > 0 || (reading.authentication.status === 'unknown' && standing.everWrittenTo > 0)
  if (known && !standing.condemned) return { text: 'You have written to this person.', words: [reading.from] }
  return codeReason(scene) ?? calendarReason(scene)
}

/** A code or a reset; not when the sender is disproven, since that is how passwords are fished for. */
function codeReason({ reading, standing }: Scene): Reason | null {
  const words = reading.concepts.get('code')
  const bulk = reading.message.headers.has('list-unsubscribe') || reading.message.headers.has('list-id')
  if (!words || bulk || !standing.trusted || reading.words.length > 150) return null
  return { text: 'It carries a code or a reset.', words: words.slice(0, 2) }
}

/** A cancelled or updated entry (RFC 5546): SEQUENCE above 0 or METHOD:CANCEL. */
function calendarReason({ reading, standing }: Scene): Reason | null {
  const changed = reading.message.calendars.find(
    (entry) => /^METHOD:CANCEL/im.test(entry) || /^SEQUENCE:[1-9]/im.test(entry),
  )
  return changed && standing.trusted ? { text: 'It changes a meeting in your calendar.', words: [] } : null
}
