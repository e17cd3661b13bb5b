/**
 * Everything learned is whole numbers under names: contacts, sent Message-IDs, words, track records.
 * Learning adds a `CountChange`, unlearning adds its exact negation, so that both are inverses to the byte.
 */
export type Counts = ReadonlyMap<string, number>
export type CountChange = ReadonlyMap<string, number>

/** Sum of changes by name; entries that cancel out are left out. */
export function combine(changes: Iterable<CountChange>): CountChange {
  const sum = new Map<string, number>()
  for (const change of changes) for (const [name, by] of change) sum.set(name, (sum.get(name) ?? 0) + by)
  return new Map([...sum].filter(([, by]) => by !== 0))
}

/** The change that takes `change` back. */
export function inverse(change: CountChange): CountChange {
  return new Map([...change].map(([name, by]) => [name, -by]))
}
