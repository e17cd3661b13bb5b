import { now, shortDay } from '../clock.ts'
import type { Stats } from '../contract.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const HEIGHT = 120
const STEP = 10
const WIDTH = 7

/** One bar a day for 30 days, today last: noise below, then unsure, then valuable. */
export function DayBars({ buckets, label }: { buckets: Stats['buckets']; label: string }) {
  const byDay = new Map(buckets.map((bucket) => [bucket.from.slice(0, 10), bucket]))
  const days = Array.from({ length: DAYS }, (_, i) => new Date(now.value - (DAYS - 1 - i) * DAY_MS).toISOString())
  const most = Math.max(1, ...buckets.map(({ decisions }) => decisions))
  return (
    <figure class="bars">
      <svg viewBox={`0 0 ${DAYS * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {days.map((day, i) => {
          const bucket = byDay.get(day.slice(0, 10))
          return bucket ? (
            <Bar key={day} bucket={bucket} x={i * STEP} unit={HEIGHT / most} />
          ) : (
            <Floor key={day} x={i * STEP} />
          )
        })}
      </svg>
      <figcaption aria-hidden="true">
        <span>{shortDay(days[0] ?? '', 'UTC')}</span>
        <span>max {most}</span>
        <span>{shortDay(days.at(-1) ?? '', 'UTC')}</span>
      </figcaption>
    </figure>
  )
}

const Floor = ({ x }: { x: number }) => <rect class="floor" x={x + 1} y={HEIGHT - 2} width={WIDTH} height="2" />

function Bar({ bucket, x, unit }: { bucket: Stats['buckets'][number]; x: number; unit: number }) {
  const parts = (['noise', 'unsure', 'valuable'] as const).map((verdict) => ({ verdict, n: bucket[verdict] }))
  let top = HEIGHT
  return (
    <g>
      {parts.map(({ verdict, n }) => {
        top -= n * unit
        return <rect key={verdict} class={verdict} x={x + 1} y={top} width={WIDTH} height={n * unit} />
      })}
    </g>
  )
}
