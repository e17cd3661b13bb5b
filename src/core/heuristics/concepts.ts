import type { Family, Heuristic } from './heuristic.ts'
import { upTo } from './heuristic.ts'

type Row = readonly [concept: string, family: Family, leans: Heuristic['leans'], full: number, text: string]

/** One heuristic a concept of the lexicon: how many different phrases make it certain, and how it reads. */
const ROWS: readonly Row[] = [
  ['ask-meeting', 'sales', 'noise', 2, 'It asks for a call, a slot or a meeting.'],
  ['ask-trial', 'sales', 'noise', 2, 'It offers a demo, a trial or a brochure.'],
  ['ask-soft', 'sales', 'noise', 2, 'It fishes for interest.'],
  ['ask-routing', 'sales', 'noise', 1, 'It looks for somebody to pass it on to.'],
  ['claim-self', 'sales', 'noise', 3, 'It talks about the sender and what they offer.'],
  ['claim-hype', 'sales', 'noise', 3, 'It uses the words of advertising.'],
  ['claim-savings', 'sales', 'noise', 2, 'It promises savings or gains.'],
  ['flattery', 'pretence', 'noise', 2, 'It flatters or opens with small talk.'],
  ['denial', 'pretence', 'noise', 1, 'It excuses itself or says it is not selling.'],
  ['claimed-past', 'pretence', 'noise', 1, 'It refers to an earlier exchange.'],
  ['claimed-referral', 'pretence', 'noise', 1, 'It says that somebody sent them.'],
  ['bump', 'pretence', 'noise', 2, 'It chases an earlier mail.'],
  ['opener', 'sales', 'noise', 2, 'It opens like a letter to anybody.'],
  ['urgency', 'pretence', 'noise', 1, 'It makes up urgency.'],
  ['promo', 'bulk', 'noise', 3, 'It advertises offers.'],
  ['event', 'bulk', 'noise', 3, 'It advertises an event.'],
  ['chrome', 'bulk', 'noise', 2, 'It has the footer of mass mail.'],
  ['newsletter', 'bulk', 'noise', 3, 'It reads like a newsletter.'],
  ['recruiting', 'sales', 'noise', 3, 'It offers staff.'],
  ['services-for-hire', 'sales', 'noise', 2, 'It offers services nobody asked for.'],
  ['award', 'sales', 'noise', 2, 'It offers an honour.'],
  ['publicity', 'sales', 'noise', 2, 'It places somebody in the press.'],
  ['survey', 'bulk', 'noise', 2, 'It asks for a rating.'],
  ['counter', 'bulk', 'noise', 2, 'It counts what happened on a platform.'],
  ['phish-pressure', 'pretence', 'noise', 2, 'It presses for data, money or a click.'],
  ['deadline', 'substance', 'valuable', 2, 'It names a deadline.'],
  ['need-of-you', 'substance', 'valuable', 2, 'It needs something only you can give.'],
  ['code', 'automatic', 'valuable', 1, 'It carries a code or a reset you asked for.'],
  ['payment-trouble', 'automatic', 'valuable', 2, 'A payment or a contract is at stake.'],
  ['alarm', 'automatic', 'valuable', 2, 'Something has gone wrong.'],
  ['change', 'automatic', 'valuable', 2, 'A plan has changed.'],
  ['authority', 'automatic', 'valuable', 3, 'It is the business of an authority or an audit.'],
  ['signature', 'automatic', 'valuable', 2, 'A document waits for a signature.'],
  ['candour', 'substance', 'valuable', 2, 'It is open about what it is and what it does not know.'],
  ['reasoning', 'substance', 'valuable', 5, 'It gives reasons and references.'],
  ['press', 'substance', 'valuable', 2, 'A journalist is asking.'],
  ['security', 'substance', 'valuable', 2, 'It reports a weakness.'],
  ['application', 'substance', 'valuable', 3, 'Somebody applies for a position.'],
  ['introduction', 'substance', 'valuable', 1, 'It introduces two people.'],
  ['personal', 'substance', 'valuable', 2, 'It is personal.'],
  ['working', 'substance', 'valuable', 4, 'It is about work in progress.'],
]

/** The essays' observations as far as they rest on phrases. */
export const concepts: readonly Heuristic[] = ROWS.map(([name, family, leans, full, text]) => ({
  name,
  family,
  leans,
  text,
  see: ({ reading }) => {
    const quotes = reading.concepts.get(name)
    return quotes ? { value: upTo(full, quotes.length), words: quotes.slice(0, 4) } : null
  },
}))
