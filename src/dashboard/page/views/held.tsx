import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Decision } from '../contract.ts'
import { decisions, fetchDecisions } from '../decisions.ts'
import { MessageRow } from '../parts/message-row.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { shownAccount } from '../preferences.ts'
import { toCheck } from '../ranking.ts'
import { texts } from '../texts/texts.ts'

const PERIOD_MS = 14 * 86_400_000
const FETCHED = 200
/** Enough for one look. */
const STEP = 10

/** What was held or is in doubt, the likeliest mistakes first. */
export function Held() {
  const state = useSignal<'loading' | 'done' | { error: unknown }>('loading')
  const t = texts.value.held
  const account = shownAccount.value
  const load = async () => {
    state.value = 'loading'
    try {
      const since = new Date(Date.now() - PERIOD_MS).toISOString()
      const asked = (['noise', 'unsure'] as const).map((verdict) => ({ verdict, since, account, limit: FETCHED }))
      await Promise.all(asked.map(fetchDecisions))
      state.value = 'done'
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
      {state.value === 'loading' && <Loading />}
      {typeof state.value === 'object' && <Failed error={state.value.error} retry={load} />}
      {state.value === 'done' && <Lists />}
    </>
  )
}

function Lists() {
  const t = texts.value.held
  const since = Date.now() - PERIOD_MS
  const { noise, unsure } = toCheck(decisions.value.filter(({ receivedAt }) => Date.parse(receivedAt) >= since))
  if (noise.length + unsure.length === 0)
    return (
      <Empty title={t.emptyTitle}>
        <p>{t.empty}</p>
      </Empty>
    )
  return (
    <>
      <Ranked title={t.noise} items={noise} />
      <Ranked title={t.unsure} items={unsure} />
      <p class="quiet">{t.period}</p>
    </>
  )
}

function Ranked({ title, items }: { title: string; items: readonly Decision[] }) {
  const shown = useSignal(STEP)
  const rest = items.length - shown.value
  if (items.length === 0) return null
  return (
    <section class="day">
      <h2>
        {title} <span class="count">{items.length}</span>
      </h2>
      <ol class="rows">
        {items.slice(0, shown.value).map((decision) => (
          <MessageRow key={decision.id} decision={decision} view="held" words={['valuable', 'noise']} ranked />
        ))}
      </ol>
      {rest > 0 && (
        <button type="button" class="button" onClick={() => (shown.value += STEP)}>
          {texts.value.held.more(Math.min(STEP, rest))}
        </button>
      )}
    </section>
  )
}
