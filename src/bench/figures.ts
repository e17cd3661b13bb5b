import type { LatencyFigures, Sample } from './latency.ts'

/** One line of the table: what the service does, beside a floor that was measured in the same run. */
export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 'messages/s'
  readonly floor: number
  readonly service: number
  /** Service by floor. */
  readonly ratio: number
}

/** Medians and 99th percentiles; the floor is FETCH and MOVE without queue, store and classifier. */
export function latencyFigures({ floor, service }: LatencyFigures): Figure[] {
  return (['announcedToMoved', 'deliveredToMoved'] as const).flatMap((what) =>
    [0.5, 0.99].map((share) =>
      figure(`${what} p${100 * share}`, 'ms', quantile(floor, what, share), quantile(service, what, share)),
    ),
  )
}

/** Rates on one core; the floor is parsing the same messages. */
export function rateFigures(rates: Record<string, number>): Figure[] {
  const { messages: _, parse = Number.NaN, ...others } = rates
  return Object.entries(others).map(([name, rate]) => figure(name, 'messages/s', parse, rate))
}

function figure(name: string, unit: Figure['unit'], floor: number, service: number): Figure {
  return { name, unit, floor: round(floor), service: round(service), ratio: round(service / floor) }
}

const round = (x: number) => Math.round(10 * x) / 10

function quantile(samples: readonly Sample[], what: keyof Sample, share: number): number {
  const sorted = samples.map((sample) => sample[what]).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Lines of a table for people. */
export function table(figures: readonly Figure[]): string[] {
  const row = (...cells: (string | number)[]) =>
    cells.map((cell, i) => (i < 2 ? String(cell).padEnd(24 - 10 * i) : String(cell).padStart(12))).join('')
  return [
    row('', 'unit', 'floor', 'service', 'ratio'),
    ...figures.map(({ name, unit, floor, service, ratio }) => row(name, unit, floor, service, ratio)),
  ]
}
