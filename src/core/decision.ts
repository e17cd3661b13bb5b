/** What the classifier concludes about one message (DESIGN words: verdict, evidence, probability). */
export type Verdict = 'valuable' | 'unsure' | 'noise'

export interface Evidence {
  /** Stable machine name, e.g. `fake-reply`. */
  readonly name: string
  /** Log-odds, natural logarithm: positive speaks for valuable. */
  readonly weight: number
  /** Exact quotes from the message (words or a header) it rests on; may be empty. */
  readonly words: readonly string[]
  /** One plain sentence for the reader. */
  readonly text: string
}

export interface Classification {
  readonly verdict: Verdict
  /** Calibrated probability that the message is valuable, 0..1. */
  readonly probability: number
  /** Strongest first, by absolute weight. */
  readonly evidence: readonly Evidence[]
}
