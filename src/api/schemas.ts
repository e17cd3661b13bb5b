import { type TSchema, Type } from 'typebox'
import { NewAccount } from '../account.ts'
import { WorthwhileError } from '../errors.ts'

const Time = Type.String({ format: 'date-time' })
/** ms since 1970. Throws INVALID_INPUT for what the format allows and the calendar does not, like a leap second. */
export function timeOf(text: string, field: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time))
    throw new WorthwhileError('INVALID_INPUT', `${field} must be a time like 2026-03-01T09:30:00Z`)
  return time
}

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Problem = Type.Object({ code: Type.String(), text: Type.String() })

export const AccountId = Type.Object({ id: Type.String({ maxLength: 63 }) })

export const AccountView = Type.Object({
  id: Type.String(),
  imap: Type.Object({
    host: Type.String(),
    port: Type.Integer(),
    security: Type.String(),
    user: Type.String(),
    ca: Type.Optional(Type.String()),
  }),
  mode: Type.String(),
  addresses: Type.Array(Type.String()),
  mailboxes: Type.Object({ noise: Type.String(), later: Type.String() }),
  authservId: nullable(Type.String()),
  retentionDays: Type.Integer(),
  createdAt: Time,
  status: Type.Enum(['learning', 'watching', 'error', 'paused']),
  learnedPercent: Type.Integer(),
  learning: Type.Optional(
    Type.Object({
      done: Type.Integer(),
      total: Type.Integer(),
      perSecond: Type.Integer(),
      secondsLeft: nullable(Type.Integer()),
    }),
  ),
  learned: Type.Object({ valuable: Type.Integer(), noise: Type.Integer() }),
  lacks: Type.Array(Type.String()),
  lastMailAt: nullable(Time),
  lastSyncAt: nullable(Time),
  problem: Type.Optional(Problem),
})

export const EvidenceView = Type.Object({
  name: Type.String(),
  weight: Type.Number({ description: 'log-odds; positive speaks for valuable' }),
  words: Type.Array(Type.String()),
  text: Type.String(),
})

const Verdict = Type.Enum(['valuable', 'unsure', 'noise'])

export const DecisionView = Type.Object({
  id: Type.String(),
  account: Type.String(),
  messageId: nullable(Type.String()),
  from: Type.String(),
  subject: Type.String(),
  receivedAt: Time,
  decidedAt: Time,
  verdict: Verdict,
  probability: Type.Number(),
  evidence: Type.Array(EvidenceView),
  rule: Type.Optional(Type.String()),
  mailbox: nullable(Type.String()),
  moved: Type.Boolean(),
  latencyMs: nullable(Type.Integer()),
  problem: Type.Optional(Problem),
  feedback: Type.Optional(
    Type.Object({ verdict: Type.String(), scope: Type.String(), source: Type.String(), at: Time }),
  ),
  undoneAt: Type.Optional(Time),
})

/** The decision a posted message would get: nothing is stored, so it has no id and no place. */
export const JudgementView = Type.Pick(DecisionView, [
  'messageId',
  'from',
  'subject',
  'verdict',
  'probability',
  'evidence',
  'problem',
])

export const ClassifyQuery = Type.Object(
  { account: Type.Optional(NewAccount.properties.id) },
  { additionalProperties: false },
)

export const DecisionId = Type.Object({ id: Type.String({ maxLength: 100 }) })

export const DecisionsQuery = Type.Object(
  {
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    verdict: Type.Optional(Verdict),
    sender: Type.Optional(Type.String({ maxLength: 320, description: 'part of the From name or address' })),
    q: Type.Optional(Type.String({ maxLength: 200, description: 'part of the From or Subject' })),
    since: Type.Optional(Time),
    until: Type.Optional(Time),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
  },
  { additionalProperties: false },
)

export const StatsQuery = Type.Object(
  {
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    bucket: Type.Optional(Type.Enum(['day', 'all'], { default: 'day' })),
  },
  { additionalProperties: false },
)

const Counts = Type.Object({
  decisions: Type.Integer(),
  valuable: Type.Integer(),
  unsure: Type.Integer(),
  noise: Type.Integer(),
  moved: Type.Integer(),
  latencyMs: Type.Object({ p50: nullable(Type.Integer()), p99: nullable(Type.Integer()) }),
})

export const StatsView = Type.Object({
  total: Counts,
  buckets: Type.Array(Type.Object({ from: Time, ...Counts.properties })),
})

export const ProblemView = Type.Object(
  { type: Type.String(), title: Type.String(), status: Type.Integer(), code: Type.String(), detail: Type.String() },
  { additionalProperties: true },
)

/** One page of a list. */
export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: Type.Optional(Type.String()) })
