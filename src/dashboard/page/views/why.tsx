import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { accountOf } from '../accounts.ts'
import { fullTime, percent, seconds, shortDay } from '../clock.ts'
import type { Decision, Scope } from '../contract.ts'
import { decisionById, fetchDecision, fetchDecisions } from '../decisions.ts'
import { sending, takeBack } from '../feedback.ts'
import { inert } from '../inert.ts'
import { markQuotes } from '../marked.ts'
import { BalanceSheet } from '../parts/balance-sheet.tsx'
import { Icon } from '../parts/icons.tsx'
import { Quoted, Subject } from '../parts/quoted.tsx'
import { ScopeChoice } from '../parts/scope-choice.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { VerdictTag } from '../parts/verdict.tsx'
import { WordButton } from '../parts/word-buttons.tsx'
import { hrefOf, type View } from '../route.ts'
import { senderOf } from '../sender.ts'
import { ServiceProblem } from '../service.ts'
import { texts } from '../texts/texts.ts'

const LONGEST = 300

/** One message: what was decided, what for, and what was done about it. */
export function Why({ id, view }: { id: string; view: View }) {
  const failed = useSignal<unknown>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const decision = decisionById(id)
  const load = async () => {
    failed.value = null
    await fetchDecision(id).catch((error: unknown) => {
      failed.value = error
    })
  }
  useEffect(() => void load(), [id])
  const isThere = decision !== undefined
  useEffect(() => {
    // Beside a list the list keeps the focus; alone on the screen, reading starts here.
    if (isThere && !matchMedia('(min-width: 1100px)').matches) heading.current?.focus()
  }, [id, isThere])
  return (
    <article class="why" aria-labelledby="why-heading">
      <a class="back" href={hrefOf({ view })}>
        <Icon name="back" />
        {texts.value.back}
      </a>
      <h1 id="why-heading" ref={heading} tabIndex={-1}>
        {decision ? <MarkedSubject decision={decision} /> : texts.value.why.title}
      </h1>
      {decision ? <Reasons decision={decision} /> : <Missing error={failed.value} retry={load} />}
    </article>
  )
}

function Missing({ error, retry }: { error: unknown; retry: () => void }) {
  if (error === null) return <Loading />
  const isGone = error instanceof ServiceProblem && error.code === 'DECISION_NOT_FOUND'
  return isGone ? <p class="lead">{texts.value.why.missing}</p> : <Failed error={error} retry={retry} />
}

function MarkedSubject({ decision: { subject, evidence } }: { decision: Decision }) {
  const text = inert(subject, LONGEST)
  if (text === '') return <>{texts.value.noSubject}</>
  return (
    <bdi>
      {markQuotes(text, evidence).map(({ text: part, mark }, i) =>
        mark === 0 ? part : <mark key={i} class={mark > 0 ? 'for' : 'against'} children={part} />,
      )}
    </bdi>
  )
}

function Reasons({ decision }: { decision: Decision }) {
  const t = texts.value.why
  return (
    <>
      <p class={`ruling ${decision.verdict}`}>
        <strong>{t.verdictLine[decision.verdict]}</strong> <span>{t.chance(percent(decision.probability))}</span>
      </p>
      <Facts decision={decision} />
      <YourWord decision={decision} />
      <BalanceSheet decision={decision} />
      <Earlier decision={decision} />
    </>
  )
}

function Facts({ decision }: { decision: Decision }) {
  const t = texts.value.why
  const { name, address } = senderOf(decision.from)
  return (
    <dl class="facts">
      <dt>{t.from}</dt>
      <dd>
        {name ? <Quoted text={name} max={LONGEST} /> : null}{' '}
        {address && (
          <span class="address">
            <Quoted text={address} max={LONGEST} />
          </span>
        )}
        {!name && !address && texts.value.noSender}
      </dd>
      <dt>{t.received}</dt>
      <dd>
        <time dateTime={decision.receivedAt}>{fullTime(decision.receivedAt)}</time>
      </dd>
      <dt>{t.done}</dt>
      <dd>
        <Done decision={decision} />
      </dd>
      <dt>{t.place}</dt>
      <dd>{decision.mailbox === null ? t.nowhere : <Quoted text={decision.mailbox} max={LONGEST} />}</dd>
      {decision.problem && (
        <>
          <dt>{t.problem}</dt>
          <dd>
            <Quoted text={decision.problem.text} max={LONGEST} />
          </dd>
        </>
      )}
    </dl>
  )
}

function Done({ decision }: { decision: Decision }) {
  const t = texts.value.why
  const observed = decision.verdict === 'noise' && accountOf(decision.account)?.mode === 'observe'
  const noise = accountOf(decision.account)?.mailboxes.noise ?? decision.mailbox ?? ''
  const done = decision.moved ? t.moved(inert(noise, LONGEST)) : observed ? t.observed : t.stayed
  return (
    <>
      <VerdictTag decision={decision} /> {decision.moved || observed ? `${done} ` : ''}
      {decision.moved && decision.latencyMs !== null && t.took(seconds(decision.latencyMs))}
    </>
  )
}

/** Confirm or correct, and for whom; taking back never ends. */
function YourWord({ decision }: { decision: Decision }) {
  const t = texts.value
  const scope = useSignal<Scope>('message')
  const { feedback } = decision
  useEffect(() => {
    scope.value = (feedback?.scope as Scope | undefined) ?? 'message'
  }, [decision.id, feedback?.scope])
  return (
    <section class="your-word">
      <h2>{t.why.yourWord}</h2>
      {feedback && (
        <p class="said">
          {t.why.youSaid[feedback.verdict === 'valuable' ? 'valuable' : 'noise']}{' '}
          {feedback.source !== 'api' && t.why.byMoving}
        </p>
      )}
      <ScopeChoice name="scope" decision={decision} chosen={scope.value} choose={(one) => (scope.value = one)} />
      <div class="words">
        <WordButton decision={decision} said="valuable" scope={scope.value} />
        <WordButton decision={decision} said="noise" scope={scope.value} />
        {feedback && (
          <button
            type="button"
            class="word"
            disabled={sending.value.has(decision.id)}
            onClick={() => takeBack(decision)}
          >
            <Icon name="undo" />
            <span>{t.act.undoLong}</span>
          </button>
        )}
      </div>
    </section>
  )
}

const EARLIER = 6

/** What else is kept of the same sender. */
function Earlier({ decision }: { decision: Decision }) {
  const t = texts.value.why
  const others = useSignal<readonly Decision[]>([])
  const { address } = senderOf(decision.from)
  useEffect(() => {
    others.value = []
    if (!address) return
    const query = { account: decision.account, sender: address, limit: EARLIER }
    const keep = ({ items }: { items: Decision[] }) => {
      others.value = items.filter(({ id, from }) => id !== decision.id && senderOf(from).address === address)
    }
    // Without it the page only tells less.
    fetchDecisions(query).then(keep, () => keep({ items: [] }))
  }, [decision.id])
  return (
    <section class="earlier">
      <h2>{t.earlier}</h2>
      {others.value.length === 0 ? <p class="quiet">{t.noEarlier}</p> : null}
      <ul>
        {others.value.map((other) => (
          <li key={other.id}>
            <Icon name={other.verdict} />
            <a href={hrefOf({ view: 'today', id: other.id })}>
              <Subject subject={other.subject} />
            </a>
            <time dateTime={other.receivedAt}>{shortDay(other.receivedAt)}</time>
          </li>
        ))}
      </ul>
      {decision.from === '' && <p class="quiet">{texts.value.gone}</p>}
    </section>
  )
}
