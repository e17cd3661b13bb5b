import { manyAccounts } from '../accounts.ts'
import { reasonOf } from '../balance.ts'
import { clockTime, fullTime, percent, shortDay } from '../clock.ts'
import type { Decision, Evidence, Said } from '../contract.ts'
import { hrefOf, route, type View } from '../route.ts'
import { sentenceOf, texts } from '../texts/texts.ts'
import { Icon } from './icons.tsx'
import { memo } from './memo.ts'
import { Quoted, SenderName, Subject } from './quoted.tsx'
import { outcome } from './verdict.tsx'
import { WordButton } from './word-buttons.tsx'

interface Props {
  readonly decision: Decision
  readonly view: View
  /** Which words to offer; by default those that would change the verdict. */
  readonly words?: readonly Said[]
  /** Also shows the chance of a mistake, and the day. */
  readonly ranked?: boolean
}

const contradicting = ({ verdict }: Decision): readonly Said[] =>
  verdict === 'unsure' ? ['valuable', 'noise'] : [verdict === 'noise' ? 'valuable' : 'noise']

const QUOTED = 2
const QUOTE_LENGTH = 40

/** Words that differ in more than case. */
const distinct = (words: readonly string[]) =>
  words.filter((word, i) => words.findIndex((other) => other.toLowerCase() === word.toLowerCase()) === i)

function ReasonLine({ reason }: { reason: Evidence }) {
  return (
    <span class="reason">
      {sentenceOf(reason)}{' '}
      {distinct(reason.words)
        .slice(0, QUOTED)
        .map((word) => (
          <q key={word}>
            <Quoted text={word} max={QUOTE_LENGTH} />{' '}
          </q>
        ))}
    </span>
  )
}

/** One message in a list: who, what, and why in one line. */
export const MessageRow = memo(function MessageRow({ decision, view, words, ranked }: Props) {
  const { id, from, subject, verdict, feedback, receivedAt, undoneAt } = decision
  const reason = reasonOf(decision)
  const isShown = route.value.id === id
  return (
    <li class={`row ${verdict}${isShown ? ' shown' : ''}`} data-id={id}>
      <span class="glyph" title={outcome(decision)}>
        <Icon name={verdict} />
      </span>
      <a class="main" href={hrefOf({ view, id })} aria-current={isShown ? 'true' : undefined}>
        <span class="who">
          <SenderName from={from} />
          {manyAccounts.value && <span class="of"> · {decision.account}</span>}
        </span>
        <span class="what">
          <Subject subject={subject} />
        </span>
        <span class="visually-hidden">{outcome(decision)}</span>
        {reason && <ReasonLine reason={reason} />}
      </a>
      <time class="when" dateTime={receivedAt} title={fullTime(receivedAt)}>
        {ranked ? shortDay(receivedAt) : clockTime(receivedAt)}
      </time>
      <div class="words">
        {ranked && <span class="chance">{texts.value.held.chance(percent(decision.probability))}</span>}
        {undoneAt && <span class="said">{texts.value.verdict.undone}</span>}
        {feedback ? (
          <span class="said">{texts.value.said[feedback.verdict === 'valuable' ? 'valuable' : 'noise']}</span>
        ) : (
          (words ?? contradicting(decision)).map((said) => (
            <WordButton
              key={said}
              decision={decision}
              said={said}
              {...(ranked && said === 'noise' && verdict === 'noise' ? { label: texts.value.held.right } : {})}
            />
          ))
        )}
      </div>
    </li>
  )
})
