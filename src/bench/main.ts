import { parseArgs } from 'node:util'
import { type LatencyFigures, measureLatency, type Sample } from './latency.ts'

/** `npm run bench [-- --json] [-- --messages 100]`: ratios to floors that are measured in the same run. */
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, messages: { type: 'string', default: '100' } },
})
const figures = summarise(await measureLatency(Number(values.messages)))
if (values.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
else for (const line of table(figures)) process.stdout.write(`${line}\n`)

interface Figure {
  readonly name: string
  readonly unit: 'ms'
  readonly floor: number
  readonly service: number
  /** Service by floor. */
  readonly ratio: number
}

function summarise({ floor, service }: LatencyFigures): Figure[] {
  return (['announcedToMoved', 'deliveredToMoved'] as const).flatMap((what) =>
    [0.5, 0.99].map((share) =>
      figure(`${what} p${100 * share}`, quantile(floor, what, share), quantile(service, what, share)),
    ),
  )
}

function figure(name: string, floor: number, service: number): Figure {
  return { name, unit: 'ms', floor: round(floor), service: round(service), ratio: round(service / floor) }
}

function round(x: number): number {
  return Math.round(10 * x) / 10
}

function quantile(samples: readonly Sample[], what: keyof Sample, share: number): number {
  const sorted = samples.map((sample) => sample[what]).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

function table(figures: readonly Figure[]): string[] {
  const row = (...cells: (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(28) : String(cell).padStart(12))).join('')
  return [
    row('latency, ms', 'floor', 'service', 'ratio'),
    ...figures.map(({ name, floor, service, ratio }) => row(name, floor, service, ratio)),
  ]
}
