import type { Account } from '../account.ts'
import type { Baseline } from '../core/baseline.ts'
import { classify, questionsAbout } from '../core/classify.ts'
import { withCorrections } from '../core/corrections.ts'
import type { Classification } from '../core/decision.ts'
import type { Message } from '../core/message.ts'
import type { Knowledge, Reader } from '../core/reader.ts'
import type { ClassifierSettings } from '../core/settings.ts'
import type { Decision } from '../decision.ts'
import { asWorthwhileError } from '../errors.ts'
import { correctionKeys } from '../feedback/correction-keys.ts'
import type { FetchedMessage } from '../imap/fetch.ts'
import type { Logger } from '../logger.ts'
import { parseMessage } from '../parse.ts'
import type { Secrets } from '../secrets.ts'
import type { CorrectionStore } from '../store/corrections.ts'
import type { CountsStore } from '../store/counts.ts'
import type { AccountStatus } from '../store/status.ts'

export interface JudgeDeps {
  readonly corrections: CorrectionStore
  readonly counts: CountsStore
  readonly secrets: Secrets
  readonly baseline: Baseline
  readonly classifier: ClassifierSettings
  readonly logger: Logger
}

export interface Judged {
  /** null when the message could not be read. */
  readonly message: Message | null
  readonly classification: Classification
  readonly problem?: NonNullable<Decision['problem']>
}

const UNDECIDED: Classification = { verdict: 'unsure', probability: 0.5, evidence: [] }

/** The judgement on a message that left INBOX first. */
export const VANISHED: Judged = {
  message: null,
  classification: UNDECIDED,
  problem: { code: 'MESSAGE_GONE', text: 'The message left INBOX before it could be read.' },
}

export type Judgeable = Pick<FetchedMessage, 'source' | 'sizeBytes' | 'truncated' | 'internalDate' | 'fingerprint'> &
  /** Left out, what the source itself shows. */
  Partial<Pick<FetchedMessage, 'attachments'>>

/** The one place where judging fails open: whatever goes wrong here leaves the message in INBOX as unsure, and says why. */
export async function judge(
  fetched: Judgeable,
  account: Account,
  status: AccountStatus,
  deps: JudgeDeps,
): Promise<Judged> {
  try {
    return await observeAndClassify(fetched, account, status, deps)
  } catch (cause) {
    const { code, message: text } = asWorthwhileError(cause)
    deps.logger.error({ code, err: cause, account: account.id }, 'a message could not be judged; it stays in INBOX')
    return { message: null, classification: UNDECIDED, problem: { code, text: `It could not be judged: ${text}` } }
  }
}

async function observeAndClassify(
  fetched: Judgeable,
  account: Account,
  status: AccountStatus,
  deps: JudgeDeps,
): Promise<Judged> {
  const { source, sizeBytes, truncated, attachments, internalDate } = fetched
  const message = await parseMessage(source, { sizeBytes, truncated, ...(attachments ? { attachments } : {}) })
  const reader = readerOf(account, status)
  const knowledge = await knownOrAssumeKnown(message, reader, internalDate, account, status, deps)
  const surroundings = { reader, knowledge, baseline: deps.baseline, settings: deps.classifier, now: internalDate }
  const judged = classify(message, surroundings)
  const about = correctionKeys(contentHash(deps.secrets, account.id, fetched.fingerprint), message, reader)
  const remembered = await deps.corrections.remembered(account.id, about)
  return { message, classification: withCorrections(judged, remembered, message, surroundings) }
}

/** What the owner stated about the receiving server outranks what old mail shows. */
export function readerOf(account: Account, status: AccountStatus): Reader {
  return { addresses: account.addresses, authservId: account.authservId ?? status.authservId }
}

/**
 * A failed look-up counts as known, and so does everybody until old mail is learned:
 * taking a stranger for a contact costs a glance, the reverse may cost a customer.
 */
async function knownOrAssumeKnown(
  message: Message,
  reader: Reader,
  now: number,
  account: Account,
  status: AccountStatus,
  deps: JudgeDeps,
): Promise<Knowledge> {
  try {
    const counts = await deps.counts.read(account.id, questionsAbout(message, reader, now))
    return { counts, incomplete: status.learnedPercent < 100 }
  } catch (cause) {
    deps.logger.warn(
      { err: cause, account: account.id },
      'what was learned could not be read; the sender counts as known',
    )
    return { counts: new Map(), incomplete: true }
  }
}

/** Keyed hash under which a message is recognised again, whatever its UID. */
export function contentHash(secrets: Secrets, accountId: string, fingerprint: string): string {
  return secrets.hashName(`content ${fingerprint}`, accountId).toString('base64url')
}
