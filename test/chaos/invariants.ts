import type { Decision } from '../service/client.ts'
import type { Delivered } from './ledger.ts'
import { pathsOf } from './reader.ts'
import { type Script, wasWiped } from './script.ts'
import type { Copy } from './witness.ts'

/** What was found from outside when everything had settled. */
export interface Findings {
  readonly copies: readonly Copy[]
  readonly decisions: readonly Decision[]
  readonly stats: { decisions: number; valuable: number; unsure: number; noise: number }
}

/** Every broken invariant in words; none when all hold. */
export function brokenInvariants(script: Script, ledger: Iterable<Delivered>, findings: Findings): string[] {
  const all = [...ledger]
  const messages = all.flatMap((known) => {
    const copies = findings.copies.filter(({ messageId }) => messageId === known.messageId)
    return [...mailProblems(known, copies), ...decisionProblems(known, copies, script, findings.decisions)]
  })
  return [...messages, ...unreadProblems(all, script, findings.decisions), ...statsProblems(script, findings)]
}

/**
 * What the reader took out of INBOX before the service could read it has a decision that names no message. There must be one
 * for each; a renumbering or a wipe takes even the memory of such an arrival, since no mailbox tells of it any more.
 */
function unreadProblems(ledger: readonly Delivered[], script: Script, decisions: readonly Decision[]): string[] {
  if (wasWiped(script) || script.faults.some(({ kind }) => kind === 'dovecot-renumber')) return []
  const decided = new Set(decisions.map(({ messageId }) => messageId))
  const unread = ledger.filter((known) => isTaken(known, script) && !decided.has(known.messageId.slice(1, -1)))
  const nameless = decisions.filter(({ messageId }) => messageId === null).length
  return unread.length <= nameless
    ? []
    : [`${unread.length} arrivals that the reader took away have no decision, ${nameless} decisions name no message`]
}

/** Whether the reader took it out of INBOX themselves and left it elsewhere; what they deleted may never have been seen at all. */
const isTaken = (known: Delivered, script: Script) => known.deleted === 'no' && known.placed === pathsOf(script).noise

/** Nothing deleted, exactly one place, bytes, flags and date unchanged, where the reader put it. */
function mailProblems(known: Delivered, copies: readonly Copy[]): string[] {
  const at = copies.map(({ path, uid }) => `${path}/${uid}`).join(', ')
  const { messageId: id, placed } = known
  if (known.deleted === 'yes') return copies.length === 0 ? [] : [`${id} was deleted by the reader and is back: ${at}`]
  if (copies.length === 0 && known.deleted === 'no') return [`${id} is LOST`]
  if (copies.length > known.copies) return [`${id} is there ${copies.length} times: ${at}`]
  if (copies.length < known.copies && known.deleted === 'no')
    return [`${id}: only ${copies.length} of its twins: ${at}`]
  const misplaced = placed !== null && copies.some(({ path }) => path !== placed)
  const moved = misplaced ? [`${id} was put into ${placed} by the reader and is in ${at}`] : []
  return [...moved, ...copies.flatMap((copy) => changes(known, copy))]
}

function changes(known: Delivered, copy: Copy): string[] {
  const { messageId: id, digest, flags, maybeFlags, takenIn } = known
  const [from, to] = takenIn
  const added = copy.flags.filter((flag) => !flags.has(flag) && !maybeFlags.has(flag))
  const lost = [...flags].filter((flag) => !copy.flags.includes(flag))
  return [
    ...(copy.digest === digest ? [] : [`${id}: its bytes changed (${copy.path})`]),
    ...(added.length === 0 ? [] : [`${id}: flags that nobody set: ${added} (${copy.path})`]),
    ...(lost.length === 0 ? [] : [`${id}: flags of the reader are gone: ${lost} (${copy.path})`]),
    // The server keeps whole seconds.
    ...(copy.internalDate > from - 1_000 && copy.internalDate <= to ? [] : [`${id}: its INTERNALDATE changed`]),
  ]
}

/** One decision for every arrival, and it knows where the message is. */
function decisionProblems(
  known: Delivered,
  copies: readonly Copy[],
  script: Script,
  decisions: readonly Decision[],
): string[] {
  if (known.deleted !== 'no') return []
  const own = pathsOf(script).own
  const about = decisions.filter(({ messageId }) => messageId === known.messageId.slice(1, -1))
  const id = known.messageId
  // Mailboxes of the reader's own are not looked into: what they filed there at once has no decision, or one that ends before.
  if (known.placed === own) return about.length > known.copies ? [`${id} has ${about.length} decisions`] : []
  if (about.length === 0 && isTaken(known, script)) return []
  if (about.length !== known.copies) return [`${id} has ${about.length} decisions of ${known.copies}`]
  const open = about.filter(({ latencyMs }) => latencyMs === null)
  const said = about.map(({ mailbox }) => mailbox).sort()
  const is = copies.map(({ path }) => path).sort()
  return [
    ...(open.length === 0 ? [] : [`${id}: its decision was never settled`]),
    ...(String(said) === String(is) ? [] : [`${id} is in ${is}, its decision says ${said}`]),
  ]
}

function statsProblems(script: Script, { stats, decisions }: Findings): string[] {
  if (wasWiped(script)) return []
  const sum = stats.valuable + stats.unsure + stats.noise
  const agree = sum === decisions.length && stats.decisions === decisions.length
  return agree ? [] : [`stats count ${stats.decisions} decisions, ${sum} verdicts; there are ${decisions.length}`]
}
