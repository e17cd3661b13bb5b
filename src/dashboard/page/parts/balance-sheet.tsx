import { useSignal } from '@preact/signals'
import { type Balance, balanceOf, side } from '../balance.ts'
import { decimal } from '../clock.ts'
import type { Decision, Evidence } from '../contract.ts'
import { sentenceOf, texts } from '../texts/texts.ts'
import { Quoted } from './quoted.tsx'

const FIRST_SHOWN = 8
const WORDS_SHOWN = 6
const WORD_LENGTH = 80

/** Evidence for and against as a balance, the strongest first. */
export function BalanceSheet({ decision }: { decision: Decision }) {
  const all = useSignal(false)
  const t = texts.value.why
  const balance = balanceOf(decision)
  const rest = balance.evidence.length - FIRST_SHOWN
  if (balance.evidence.length === 0) return <p class="quiet">{t.noEvidence}</p>
  return (
    <section class="balance">
      <h2>{t.balance}</h2>
      <Beam balance={balance} />
      <Opposing balance={balance} isFor={side(decision) < 0} />
      <ul class="evidence">
        {balance.evidence.slice(0, all.value ? undefined : FIRST_SHOWN).map((one) => (
          <EvidenceRow key={one.name} evidence={one} largest={balance.largest} />
        ))}
        {(all.value || rest <= 0) && (
          <EvidenceRow
            evidence={{ name: '', text: t.start, words: [], weight: balance.start }}
            largest={balance.largest}
          />
        )}
      </ul>
      {rest > 0 && (
        <button type="button" class="plain text" aria-expanded={all.value} onClick={() => (all.value = !all.value)}>
          {all.value ? t.less : t.more(rest)}
        </button>
      )}
    </section>
  )
}

/** Both sums as one bar from a common middle. */
function Beam({ balance }: { balance: Balance }) {
  const t = texts.value.why
  const contra = balance.against + Math.max(0, -balance.start)
  const pro = balance.for + Math.max(0, balance.start)
  const full = Math.max(contra, pro, 0.01)
  return (
    <div class="beam">
      <span class="against">
        {t.against} <b>{decimal(contra)}</b>
      </span>
      <span class="for">
        <b>{decimal(pro)}</b> {t.for}
      </span>
      <svg viewBox="-100 0 200 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="against" x={(-100 * contra) / full} y="0" height="10" width={(100 * contra) / full} />
        <rect class="for" x="0" y="0" height="10" width={(100 * pro) / full} />
        <rect class="middle" x="-0.4" y="0" height="10" width="0.8" />
      </svg>
    </div>
  )
}

function Opposing({ balance: { opposing }, isFor }: { balance: Balance; isFor: boolean }) {
  const t = texts.value.why
  if (!opposing) return <p class="opposing quiet">{t.noOpposing}</p>
  return (
    <p class="opposing">
      <span>{t.opposing(isFor)}:</span> <strong>{sentenceOf(opposing)}</strong>
    </p>
  )
}

function EvidenceRow({ evidence, largest }: { evidence: Evidence; largest: number }) {
  const { weight, words } = evidence
  const isFor = weight > 0
  const width = (100 * Math.abs(weight)) / largest
  return (
    <li class={isFor ? 'for' : 'against'}>
      <span class="sentence">{sentenceOf(evidence)}</span>
      <span class="weight" aria-hidden="true">
        {isFor ? '+' : '−'}
        {decimal(Math.abs(weight))}
      </span>
      <span class="visually-hidden">{texts.value.why.weighs(decimal(Math.abs(weight)), isFor)}</span>
      <svg viewBox="-100 0 200 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="track" x="-100" y="0" width="200" height="4" />
        <rect class="bar" x={isFor ? 0 : -width} y="0" width={width} height="4" />
      </svg>
      {words.length > 0 && (
        <span class="quotes">
          {words.slice(0, WORDS_SHOWN).map((word, i) => (
            <mark key={i}>
              <Quoted text={word} max={WORD_LENGTH} />
            </mark>
          ))}
        </span>
      )}
    </li>
  )
}
