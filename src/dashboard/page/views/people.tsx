import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { accounts, manyAccounts } from '../accounts.ts'
import { shortDay } from '../clock.ts'
import type { Correction, Page } from '../contract.ts'
import { decisionById, fetchDecision } from '../decisions.ts'
import { tell, tellProblem } from '../feedback.ts'
import { Icon } from '../parts/icons.tsx'
import { Quoted, SenderName, Subject } from '../parts/quoted.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { shownAccount } from '../preferences.ts'
import { hrefOf } from '../route.ts'
import { call } from '../session.ts'
import { texts } from '../texts/texts.ts'

const KEY_LENGTH = 120
/** Messages whose subjects are looked up for the list. */
const LOOKED_UP = 30

interface Remembered extends Correction {
  readonly account: string
}

type State = 'loading' | { readonly items: readonly Remembered[] } | { readonly error: unknown }

/** What the reader said that is remembered, each of it removable. */
export function People() {
  const state = useSignal<State>('loading')
  const t = texts.value.people
  const ids = (accounts.value ?? [])
    .map(({ id }) => id)
    .filter((id) => !shownAccount.value || id === shownAccount.value)
  const load = async () => {
    try {
      state.value = { items: (await Promise.all(ids.map(rememberedOf))).flat() }
    } catch (error) {
      state.value = { error }
    }
  }
  useEffect(() => {
    if (accounts.value !== null) void load()
  }, [ids.join(' '), accounts.value === null])
  return (
    <>
      <header class="view-head">
        <h1>{t.title}</h1>
        <p class="lead">{t.lead}</p>
      </header>
      {state.value === 'loading' ? <Loading /> : null}
      {typeof state.value === 'object' && 'error' in state.value && <Failed error={state.value.error} retry={load} />}
      {typeof state.value === 'object' && 'items' in state.value && <List items={state.value.items} reload={load} />}
    </>
  )
}

async function rememberedOf(account: string): Promise<Remembered[]> {
  const { items } = await call<Page<Correction>>('GET', `/v1/senders?account=${encodeURIComponent(account)}`)
  const unknown = items.filter(({ kind, decision }) => kind === 'message' && !decisionById(decision))
  // A decision that is no longer kept leaves its row without a subject.
  await Promise.allSettled(unknown.slice(0, LOOKED_UP).map(({ decision }) => fetchDecision(decision)))
  return items.map((item) => ({ ...item, account }))
}

function List({ items, reload }: { items: readonly Remembered[]; reload: () => Promise<void> }) {
  const t = texts.value.people
  if (items.length === 0)
    return (
      <Empty title={t.emptyTitle}>
        <p>{t.empty}</p>
      </Empty>
    )
  return (
    <>
      {(['valuable', 'noise'] as const).map((verdict) => (
        <Group
          key={verdict}
          title={t[verdict]}
          items={items.filter((item) => item.verdict === verdict)}
          reload={reload}
        />
      ))}
    </>
  )
}

function Group({ title, items, reload }: { title: string; items: readonly Remembered[]; reload: () => Promise<void> }) {
  if (items.length === 0) return null
  return (
    <section class="day">
      <h2>
        {title} <span class="count">{items.length}</span>
      </h2>
      <ul class="rows people">
        {items.map((item) => (
          <Row key={`${item.account} ${item.kind} ${item.key}`} item={item} reload={reload} />
        ))}
      </ul>
    </section>
  )
}

function Row({ item, reload }: { item: Remembered; reload: () => Promise<void> }) {
  const t = texts.value.people
  const { kind, key, verdict, at, account } = item
  const forget = async () => {
    const path = `/v1/senders/${encodeURIComponent(key)}?account=${encodeURIComponent(account)}`
    await call('DELETE', path).then(() => tell(texts.value.toast.removed), tellProblem)
    await reload()
  }
  return (
    <li class={`row ${verdict}`}>
      <span class="glyph">
        <Icon name={verdict} />
      </span>
      <div class="main">
        <span class="who">
          {kind === 'message' ? <MessageName item={item} /> : <Quoted text={key} max={KEY_LENGTH} />}
        </span>
        <span class="reason">
          {t.kind[kind]} · {t.since(shortDay(at))}
          {manyAccounts.value && ` · ${account}`}
        </span>
      </div>
      <div class="words">
        <button type="button" class="word" aria-label={`${t.remove}: ${nameOf(item)}`} onClick={forget}>
          <Icon name="cross" />
          <span>{t.remove}</span>
        </button>
      </div>
    </li>
  )
}

const nameOf = ({ kind, key, decision }: Remembered) =>
  kind === 'message' ? (decisionById(decision)?.subject ?? texts.value.gone) : key

function MessageName({ item }: { item: Remembered }) {
  const decision = decisionById(item.decision)
  if (!decision) return <>{texts.value.gone}</>
  return (
    <a href={hrefOf({ view: 'people', id: item.decision })}>
      <SenderName from={decision.from} />: <Subject subject={decision.subject} />
    </a>
  )
}
