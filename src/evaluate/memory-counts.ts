import type { CountChange, Counts } from '../core/counts.ts'

/** Counters in memory, with the same two verbs as the Redis store: measuring needs no server. */
export class MemoryCounts {
  readonly #counts = new Map<string, number>()

  /** The values of the named counters that are not zero. */
  read(names: readonly string[]): Counts {
    const found = new Map<string, number>()
    for (const name of names) {
      const value = this.#counts.get(name)
      if (value) found.set(name, value)
    }
    return found
  }

  apply(change: CountChange): void {
    for (const [name, by] of change) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  get size(): number {
    return this.#counts.size
  }
}
