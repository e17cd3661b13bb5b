import type { Static } from 'typebox'
import type { Account } from '../account.ts'
import type { Decision } from '../decision.ts'
import type { AccountStatus } from '../store/status.ts'
import type { AccountView, DecisionView } from './schemas.ts'

const iso = (time: number) => new Date(time).toISOString()
const isoOrNull = (time: number | null) => (time === null ? null : iso(time))

/** An account as a client sees it: no secrets. */
export function viewAccount(account: Account, status: AccountStatus): Static<typeof AccountView> {
  const { host, port, security, user, ca } = account.imap
  return {
    id: account.id,
    imap: { host, port, security, user, ...(ca ? { ca } : {}) },
    mode: account.mode,
    addresses: [...account.addresses],
    mailboxes: { noise: account.mailboxes.noise.join('/'), later: account.mailboxes.later.join('/') },
    authservId: account.authservId ?? status.authservId,
    retentionDays: account.retentionDays,
    createdAt: iso(account.createdAt),
    status: stateOf(account, status),
    learnedPercent: status.learnedPercent,
    ...(status.learning ? { learning: status.learning } : {}),
    learned: status.learned,
    lacks: [...status.lacks],
    lastMailAt: isoOrNull(status.lastMailAt),
    lastSyncAt: isoOrNull(status.lastSyncAt),
    ...(status.problem ? { problem: status.problem } : {}),
  }
}

function stateOf(account: Account, status: AccountStatus): 'learning' | 'watching' | 'error' | 'paused' {
  if (account.paused) return 'paused'
  if (status.problem) return 'error'
  return status.learnedPercent < 100 || status.lastSyncAt === null ? 'learning' : 'watching'
}

export function viewDecision(decision: Decision): Static<typeof DecisionView> {
  const { quotes, feedback, problem } = decision
  return {
    id: decision.id,
    account: decision.account,
    messageId: quotes.messageId,
    from: quotes.from,
    subject: quotes.subject,
    receivedAt: iso(decision.receivedAt),
    decidedAt: iso(decision.decidedAt),
    verdict: decision.verdict,
    probability: decision.probability,
    evidence: quotes.evidence.map((evidence) => ({ ...evidence, words: [...evidence.words] })),
    mailbox: decision.mailbox,
    moved: decision.moved,
    latencyMs: decision.latencyMs,
    ...(problem ? { problem } : {}),
    ...(feedback ? { feedback: { ...feedback, at: iso(feedback.at) } } : {}),
    ...(decision.undoneAt ? { undoneAt: iso(decision.undoneAt) } : {}),
  }
}
