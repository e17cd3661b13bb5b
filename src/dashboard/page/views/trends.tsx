import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { percent, seconds, shortDay } from '../clock.ts'
import type { Stats } from '../contract.ts'
import { DayBars } from '../parts/day-bars.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { shownAccount } from '../preferences.ts'
import { call } from '../session.ts'
import { texts } from '../texts/texts.ts'

type State = 'loading' | { readonly stats: Stats } | { readonly error: unknown }

/** Counts of the last 30 days. */
export function Trends() {
  const state = useSignal<State>('loading')
  const t = texts.value.trends
  const account = shownAccount.value
  const load = async () => {
    try {
      state.value = {
        stats: await call<Stats>('GET', `/v1/stats${account ? `?account=${encodeURIComponent(account)}` : ''}`),
      }
    } catch (error) {
      state.value = { error }
    }
  }
  useEffect(() => void load(), [account])
  return (
    <>
      <header class="view-head">
        <h1>{t.title}</h1>
        <p class="lead">{t.lead}</p>
      </header>
      {state.value === 'loading' ? <Loading /> : null}
      {typeof state.value === 'object' && 'error' in state.value && <Failed error={state.value.error} retry={load} />}
      {typeof state.value === 'object' && 'stats' in state.value && <Numbers stats={state.value.stats} />}
    </>
  )
}

function Numbers({ stats: { total, buckets } }: { stats: Stats }) {
  const t = texts.value.trends
  if (total.decisions === 0)
    return (
      <Empty title={t.emptyTitle}>
        <p>{t.empty}</p>
      </Empty>
    )
  const usual = total.latencyMs.p50
  return (
    <>
      <ul class="figures">
        <Figure value={String(total.decisions)} label={t.arrived} />
        <Figure value={String(total.moved)} label={t.held} />
        {total.moved > 0 && <Figure value={percent(total.moved / total.decisions)} label={t.share} />}
        {usual !== null && <Figure value={seconds(usual)} label={t.speed} />}
      </ul>
      <DayBars buckets={buckets} label={t.chart(total.decisions, total.noise)} />
      <ul class="legend">
        {(['valuable', 'unsure', 'noise'] as const).map((verdict) => (
          <li key={verdict} class={verdict}>
            {t[verdict]}
          </li>
        ))}
      </ul>
      <details class="table">
        <summary>{t.table}</summary>
        <Table buckets={buckets} />
      </details>
    </>
  )
}

function Figure({ value, label }: { value: string; label: string }) {
  return (
    <li>
      <b>{value}</b> {label}
    </li>
  )
}

function Table({ buckets }: { buckets: Stats['buckets'] }) {
  const t = texts.value.trends
  const columns = ['valuable', 'unsure', 'noise', 'moved'] as const
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t.day}</th>
          {columns.map((column) => (
            <th scope="col" key={column}>
              {t[column]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...buckets].reverse().map((bucket) => (
          <tr key={bucket.from}>
            <th scope="row">{shortDay(bucket.from, 'UTC')}</th>
            {columns.map((column) => (
              <td key={column}>{bucket[column]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
