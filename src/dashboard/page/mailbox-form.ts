/** A mailbox to be added, as the service wants it. */
export interface NewMailbox {
  readonly imap: { host: string; port: number; security: string; user: string; password: string }
  readonly addresses: readonly string[]
}

/** What the form for a mailbox holds, as typed. */
export interface MailboxForm {
  readonly address: string
  readonly password: string
  readonly host: string
  readonly port: string
  readonly security: string
  readonly user: string
  readonly others: string
}

export type FieldName = keyof MailboxForm
export type FieldProblem = 'required' | 'badAddress'

/** The usual port of an encryption (RFC 8314, RFC 3501). */
export const usualPort = (security: string) => (security === 'tls' ? '993' : '143')

const isAddress = (text: string) => /^[^\s@<>]+@[^\s@<>]+$/.test(text)
export const otherAddresses = (text: string) => text.split(/[\s,;]+/).filter(Boolean)

/** What is wrong with each field; empty when nothing is. */
export function formProblems(form: MailboxForm): Partial<Record<FieldName, FieldProblem>> {
  const problems: Partial<Record<FieldName, FieldProblem>> = {}
  for (const name of ['address', 'password', 'host', 'port', 'user'] as const)
    if (form[name].trim() === '') problems[name] = 'required'
  if (form.address && !isAddress(form.address.trim())) problems.address = 'badAddress'
  if (!otherAddresses(form.others).every(isAddress)) problems.others = 'badAddress'
  return problems
}

/** What is sent to the service. */
export function mailboxOf({ address, password, host, port, security, user, others }: MailboxForm): NewMailbox {
  return {
    imap: { host: host.trim(), port: Number(port), security, user: user.trim(), password },
    addresses: [...new Set([address.trim(), ...otherAddresses(others)])],
  }
}
