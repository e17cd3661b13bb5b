import { useSignal } from '@preact/signals'
import { changeAccount, learnAgain } from '../accounts.ts'
import { ago, fullTime } from '../clock.ts'
import type { Account } from '../contract.ts'
import { tell, tellProblem } from '../feedback.ts'
import { texts } from '../texts/texts.ts'
import { Quoted } from './quoted.tsx'
import { RemoveDialog } from './remove-dialog.tsx'

const LONGEST = 200

/** One mailbox: how it is, what the service may do with it. */
export function AccountCard({ account }: { account: Account }) {
  const t = texts.value.account
  const heading = `account-${account.id}`
  return (
    <section class="card" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>
          <Quoted text={account.imap.user} max={LONGEST} />
        </h2>
        <span class={`status ${account.status}`}>{t.status[account.status]}</span>
      </header>
      {account.problem && <p class="problem">{problemText(account.problem)}</p>}
      {account.status === 'learning' && <Learning percent={account.learnedPercent} />}
      <ModeChoice account={account} />
      <Facts account={account} />
      <Actions account={account} />
    </section>
  )
}

function problemText({ code, text }: { code: string; text: string }): string {
  const known: Readonly<Record<string, string>> = texts.value.errors
  return known[code] ?? text
}

function Learning({ percent }: { percent: number }) {
  const label = texts.value.account.learning(percent)
  return (
    <div class="learning">
      <p>{label}</p>
      <progress max="100" value={percent} aria-label={label} />
    </div>
  )
}

function ModeChoice({ account: { id, mode, mailboxes } }: { account: Account }) {
  const t = texts.value.account
  const choose = (chosen: 'observe' | 'act') =>
    changeAccount(id, { mode: chosen }).then(() => tell(t.saved), tellProblem)
  const options = [
    { value: 'observe', name: t.observe, about: t.observeText },
    { value: 'act', name: t.act, about: t.actText(mailboxes.noise) },
  ] as const
  return (
    <fieldset class="modes">
      <legend>{t.mode}</legend>
      {options.map(({ value, name, about }) => (
        <label key={value}>
          <input
            type="radio"
            name={`mode-${id}`}
            value={value}
            checked={mode === value}
            onChange={() => choose(value)}
            aria-describedby={`mode-${id}-${value}`}
          />
          <span>
            <b>{name}</b>
            <small id={`mode-${id}-${value}`}>{about}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function Facts({ account }: { account: Account }) {
  const t = texts.value.account
  const { imap, learned, lacks } = account
  return (
    <dl class="facts">
      <dt>{t.lastMail}</dt>
      <dd>
        <Moment iso={account.lastMailAt} />
      </dd>
      <dt>{t.lastSync}</dt>
      <dd>
        <Moment iso={account.lastSyncAt} />
      </dd>
      <dt>{t.learned}</dt>
      <dd>{t.learnedCounts(learned.valuable, learned.noise)}</dd>
      <dt>{t.server}</dt>
      <dd>
        <Quoted text={`${imap.host}:${imap.port}`} max={LONGEST} /> · {imap.security.toUpperCase()}
      </dd>
      {lacks.length > 0 && (
        <>
          <dt>{t.lacks}</dt>
          <dd>
            {lacks.map((lack) => (
              <p key={lack}>
                <Quoted text={lack} max={2 * LONGEST} />
              </p>
            ))}
          </dd>
        </>
      )}
    </dl>
  )
}

function Moment({ iso }: { iso: string | null }) {
  if (iso === null) return <>{texts.value.account.never}</>
  return (
    <time dateTime={iso} title={fullTime(iso)}>
      {ago(iso)}
    </time>
  )
}

function Actions({ account: { id, status, imap } }: { account: Account }) {
  const t = texts.value.account
  const removing = useSignal(false)
  const isPaused = status === 'paused'
  return (
    <div class="actions">
      <button type="button" class="button" onClick={() => changeAccount(id, { paused: !isPaused }).catch(tellProblem)}>
        {isPaused ? t.resume : t.pause}
      </button>
      <button type="button" class="button" onClick={() => learnAgain(id).catch(tellProblem)}>
        {t.relearn}
      </button>
      <button type="button" class="button danger" onClick={() => (removing.value = true)}>
        {t.remove}
      </button>
      {removing.value && <RemoveDialog id={id} name={imap.user} close={() => (removing.value = false)} />}
    </div>
  )
}
