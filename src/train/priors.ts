import { COLUMNS } from './features.ts'

/**
 * What is expected of evidence that training mail shows too rarely to be measured; the fit moves away from it as examples ask.
 * Log-odds. Trust of the reader's own making is strong, pretence is bad, everything else starts at nothing.
 */
const EXPECTED: Readonly<Record<string, number>> = {
  contact: 2,
  'frequent-contact': 0.5,
  'contact-organisation': 1,
  colleague: 1.5,
  'answers-you': 3,
  'your-thread': 1.5,
  'said-of-sender': 1.8,
  'said-of-organisation': 0.5,
  'said-of-list': 1.5,
  'did-with-sender': 1,
  'did-with-organisation': 0.5,
  'did-with-list': 1,
  'told-to-stop': -3,
  impersonated: -2.5,
  'borrowed-name': -1.5,
  'lookalike-domain': -1.5,
  unauthenticated: -0.7,
  'fake-reply': -1,
  'merge-field': -1.5,
  'masked-link': -1,
  'knocked-before': -0.7,
  'hidden-text': -0.3,
  code: 1.5,
  calendar: 0.3,
}

export const PRIORS: readonly number[] = COLUMNS.map((name) => EXPECTED[name] ?? 0)
