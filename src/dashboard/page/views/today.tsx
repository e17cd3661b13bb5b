import { useSignal } from '@preact/signals'
import { accounts } from '../accounts.ts'
import { dayName, now } from '../clock.ts'
import type { Decision } from '../contract.ts'
import { decisions, failure, hasOlder, loadFirst, loading, loadOlder } from '../decisions.ts'
import { MessageRow } from '../parts/message-row.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { reachable } from '../session.ts'
import { texts } from '../texts/texts.ts'
import { type Day, dayStart, daysOf } from '../timeline.ts'

type Filter = 'all' | 'through' | 'held'

/** The time line: what came through, what was held, and why. */
export function Today() {
  const filter = useSignal<Filter>('all')
  const t = texts.value.today
  return (
    <>
      <header class="view-head">
        <h1>{t.title}</h1>
        <Summary />
      </header>
      {decisions.value.length > 0 && <FilterChoice chosen={filter.value} choose={(one) => (filter.value = one)} />}
      <Timeline filter={filter.value} />
    </>
  )
}

function Summary() {
  const t = texts.value.today
  const start = dayStart(now.value)
  const today = decisions.value.filter(({ receivedAt }) => Date.parse(receivedAt) >= start)
  if (loading.value === 'first') return null
  const n = (verdict: Decision['verdict']) => today.filter((decision) => decision.verdict === verdict).length
  return (
    <p class="lead">
      {today.length === 0 ? t.quiet : t.summary(today.length, n('valuable'), n('unsure'), n('noise'))}{' '}
      {reachable.value && <span class="live">{t.live}</span>}
    </p>
  )
}

function FilterChoice({ chosen, choose }: { chosen: Filter; choose: (filter: Filter) => void }) {
  const t = texts.value.today.filter
  return (
    <fieldset class="segments filter">
      <legend class="visually-hidden">{t.label}</legend>
      {(['all', 'through', 'held'] as const).map((value) => (
        <label key={value}>
          <input type="radio" name="filter" checked={chosen === value} onChange={() => choose(value)} />
          <span>{t[value]}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Timeline({ filter }: { filter: Filter }) {
  const t = texts.value.today
  if (loading.value === 'failed') return <Failed error={failure.value} retry={loadFirst} />
  if (loading.value === 'first') return <Loading />
  if (decisions.value.length === 0) return <NothingYet />
  const shown = decisions.value.filter(
    ({ verdict }) => filter === 'all' || (verdict === 'noise') === (filter === 'held'),
  )
  return (
    <>
      {shown.length === 0 && <p class="quiet">{t.emptyFilter}</p>}
      {daysOf(shown).map((day) => (
        <DayGroup key={day.start} day={day} />
      ))}
      <footer class="more">
        {hasOlder.value ? (
          <button type="button" class="button" disabled={loading.value === 'older'} onClick={loadOlder}>
            {loading.value === 'older' ? texts.value.loading : t.earlier}
          </button>
        ) : (
          <p class="quiet">{t.end}</p>
        )}
      </footer>
    </>
  )
}

const DAY_AND_A_BIT_MS = 26 * 3_600_000

function DayGroup({ day }: { day: Day }) {
  const t = texts.value.today
  const today = dayStart(now.value)
  // A day of a clock change has 25 hours.
  const isYesterday = day.start < today && day.start === dayStart(today - 1) && today - day.start < DAY_AND_A_BIT_MS
  const name = day.start === today ? t.title : isYesterday ? t.yesterday : dayName(day.start)
  return (
    <section class="day">
      <h2>{name}</h2>
      <ol class="rows">
        {day.decisions.map((decision) => (
          <MessageRow key={decision.id} decision={decision} view="today" />
        ))}
      </ol>
    </section>
  )
}

function NothingYet() {
  const t = texts.value.today
  if (accounts.value?.length !== 0)
    return (
      <Empty title={t.emptyTitle}>
        <p>{t.empty}</p>
      </Empty>
    )
  return (
    <Empty title={t.noAccountTitle}>
      <p>{t.noAccount}</p>
      <a class="button primary" href="#/account/new">
        {t.addAccount}
      </a>
    </Empty>
  )
}
