import type { Decision } from './contract.ts'

/** Decisions of one day of the reader's calendar. */
export interface Day {
  /** Midnight local time, ms since 1970. */
  readonly start: number
  readonly decisions: Decision[]
}

/** Newest first: by arrival, ids descending within a millisecond. */
export function newestFirst(a: Decision, b: Decision): number {
  return Date.parse(b.receivedAt) - Date.parse(a.receivedAt) || (a.id < b.id ? 1 : -1)
}

/** Midnight of the day in which `time` lies, local time, ms since 1970. */
export function dayStart(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0)
}

/** Groups decisions that are in order by day. */
export function daysOf(decisions: readonly Decision[]): Day[] {
  const days: Day[] = []
  for (const decision of decisions) {
    const start = dayStart(Date.parse(decision.receivedAt))
    const last = days.at(-1)
    if (last?.start === start) last.decisions.push(decision)
    else days.push({ start, decisions: [decision] })
  }
  return days
}

/** `known` with what came in: new decisions added, changed ones replaced, in order. The same array when nothing changed. */
export function merged(known: readonly Decision[], incoming: readonly Decision[]): readonly Decision[] {
  const byId = new Map(known.map((decision) => [decision.id, decision]))
  const changed = incoming.filter((decision) => JSON.stringify(byId.get(decision.id)) !== JSON.stringify(decision))
  if (changed.length === 0) return known
  for (const decision of changed) byId.set(decision.id, decision)
  return [...byId.values()].sort(newestFirst)
}
