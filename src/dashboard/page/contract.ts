import type { Static } from 'typebox'
import type { AccountView, DecisionView, EvidenceView, StatsView } from '../../api/schemas.ts'

/** What the service says, as its own schemas have it. */
export type Decision = Static<typeof DecisionView>
export type Evidence = Static<typeof EvidenceView>
export type Account = Static<typeof AccountView>
export type Stats = Static<typeof StatsView>
export type Verdict = Decision['verdict']
export type Said = 'valuable' | 'noise'
export type Scope = 'message' | 'sender' | 'domain'

/** One thing the reader said that is remembered. */
export interface Correction {
  readonly kind: Scope
  readonly key: string
  readonly verdict: Said
  readonly at: string
  readonly decision: string
}

export interface Page<T> {
  readonly items: T[]
  readonly nextCursor?: string
}
