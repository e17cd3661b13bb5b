import type { ComponentChild } from 'preact'
import { useEffect } from 'preact/hooks'
import { accounts, liveAccounts, manyAccounts } from './accounts.ts'
import { forgetDecisions, liveDecisions, loadFirst } from './decisions.ts'
import { HelpDialog, helpShown } from './parts/help-dialog.tsx'
import { Icon, Mark } from './parts/icons.tsx'
import { NoticeBar } from './parts/notice.tsx'
import { shownAccount } from './preferences.ts'
import { hrefOf, route, VIEWS, type View } from './route.ts'
import { reachable } from './session.ts'
import { texts } from './texts/texts.ts'
import { AccountView } from './views/account.tsx'
import { Held } from './views/held.tsx'
import { People } from './views/people.tsx'
import { Today } from './views/today.tsx'
import { Trends } from './views/trends.tsx'
import { Why } from './views/why.tsx'

const SHOWN: Readonly<Record<View, () => ComponentChild>> = {
  today: Today,
  held: Held,
  trends: Trends,
  people: People,
  account: AccountView,
}
/** Views beside whose list the reasons of a message can be shown. */
const LISTS: readonly View[] = ['today', 'held', 'people']

/** The frame around the views, for a reader who is signed in. */
export function Page() {
  useEffect(() => {
    liveAccounts.start()
    liveDecisions.start()
    return () => {
      liveAccounts.stop()
      liveDecisions.stop()
      forgetDecisions()
      accounts.value = null
    }
  }, [])
  return (
    <div class="page">
      <button type="button" class="skip" onClick={skipToMain}>
        {texts.value.skip}
      </button>
      <Bar />
      {!reachable.value && (
        <p class="offline" role="status">
          {texts.value.offline}
        </p>
      )}
      <Panes />
      <NoticeBar />
      <HelpDialog />
    </div>
  )
}

function skipToMain(): void {
  document.querySelector<HTMLElement>('main')?.focus()
}

function Bar() {
  const t = texts.value
  return (
    <header class="bar">
      <a class="brand" href="#/today">
        <Mark /> <span>Worthwhile</span>
      </a>
      {manyAccounts.value && <MailboxChoice />}
      <nav aria-label={t.nav.label}>
        {VIEWS.map((view) => (
          <a key={view} href={hrefOf({ view })} aria-current={route.value.view === view ? 'page' : undefined}>
            <Icon name={view} />
            <span>{t.nav[view]}</span>
          </a>
        ))}
      </nav>
      <button
        type="button"
        class="plain help"
        aria-label={t.help}
        title={t.help}
        onClick={() => (helpShown.value = true)}
      >
        <Icon name="help" />
      </button>
    </header>
  )
}

function MailboxChoice() {
  const choose = (id: string) => {
    shownAccount.value = id
    void loadFirst()
  }
  return (
    <label class="choice mailbox">
      <span class="visually-hidden">{texts.value.mailbox}</span>
      <select value={shownAccount.value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{texts.value.allMailboxes}</option>
        {accounts.value?.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  )
}

function Panes() {
  const { view, id } = route.value
  const Shown = SHOWN[view]
  const isList = LISTS.includes(view)
  const why = isList ? id : undefined
  return (
    <main tabIndex={-1} class={`panes${why ? ' reading' : ''}${isList ? ' lists' : ''}`}>
      <div class="list">
        <Shown />
      </div>
      {isList && (
        <section class="detail" aria-label={texts.value.why.title}>
          {why ? <Why key={why} id={why} view={view} /> : <p class="pick">{texts.value.why.pick}</p>}
        </section>
      )}
    </main>
  )
}
