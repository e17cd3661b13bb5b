import { describe, expect, it } from 'vitest'
import { AccountChange, type AccountDefaults, accountFrom, changedAccount, NewAccount } from '../../src/account.ts'
import { problemsOf } from '../../src/settings/settings-file.ts'

const defaults: AccountDefaults = {
  mailboxes: { noise: ['Worthwhile', 'Noise'], later: ['Worthwhile', 'Later'] },
  retentionDays: 30,
}
const input: NewAccount = {
  imap: { host: 'mail.example.org', port: 993, security: 'tls', user: 'Ada@Example.org', password: 'a secret' },
}
const account = accountFrom(input, defaults, { uidValidity: '7', uidNext: 12 }, 1000)

describe('a new account', () => {
  it('starts in observe, with an id and an address made of the login name, and without its password', () => {
    expect(account).toEqual({
      id: 'ada-example-org',
      imap: { host: 'mail.example.org', port: 993, security: 'tls', user: 'Ada@Example.org' },
      mode: 'observe',
      paused: false,
      addresses: ['ada@example.org'],
      mailboxes: defaults.mailboxes,
      authservId: null,
      retentionDays: 30,
      createdAt: 1000,
      start: { uidValidity: '7', uidNext: 12 },
    })
    expect(JSON.stringify(account)).not.toContain('a secret')
  })

  it.each([
    ['ada', 'ada'],
    ['Ada.Lovelace+mail@example.org', 'ada-lovelace-mail-example-org'],
    ['…', 'account'],
    ['a'.repeat(300), 'a'.repeat(60)],
  ])('for %s has the id %s', (user, id) => {
    expect(accountFrom({ imap: { ...input.imap, user } }, defaults, null, 0).id).toBe(id)
  })

  it('knows no address of a reader whose login name is none', () => {
    expect(accountFrom({ imap: { ...input.imap, user: 'ada' } }, defaults, null, 0).addresses).toEqual([])
  })

  it('takes addresses in lower case and mailboxes as a list or with slashes', () => {
    const made = accountFrom(
      { ...input, addresses: ['ADA@Example.org'], mailboxes: { noise: '/Quiet//Noise/', later: ['Quiet', 'Later'] } },
      defaults,
      null,
      0,
    )
    expect(made.addresses).toEqual(['ada@example.org'])
    expect(made.mailboxes).toEqual({ noise: ['Quiet', 'Noise'], later: ['Quiet', 'Later'] })
  })

  it('refuses INBOX as a place for noise, and one mailbox for both', () => {
    const withMailboxes = (mailboxes: NewAccount['mailboxes']) => () =>
      accountFrom({ ...input, ...(mailboxes ? { mailboxes } : {}) }, defaults, null, 0)
    expect(withMailboxes({ noise: 'INBOX' })).toThrow('other mailboxes than INBOX')
    expect(withMailboxes({ later: '/inbox/' })).toThrow('other mailboxes than INBOX')
    expect(withMailboxes({ noise: 'Worthwhile/Later' })).toThrow('two different mailboxes')
  })
})

describe('what a client sends', () => {
  const wrong = (over: object) => problemsOf(NewAccount, { ...input, ...over }).map(({ field }) => field)

  it('is checked field by field', () => {
    expect(wrong({})).toEqual([])
    expect(wrong({ id: '-ada' })).toEqual(['id'])
    expect(wrong({ id: '../etc' })).toEqual(['id'])
    expect(wrong({ imap: { ...input.imap, user: 'ada\r\nA1 LOGOUT' } })).toEqual(['imap.user'])
    expect(wrong({ mailboxes: { noise: ['A*'] } })).toEqual(['mailboxes.noise'])
    expect(wrong({ mailboxes: { noise: '///' } })).toEqual(['mailboxes.noise'])
    expect(wrong({ mailboxes: { noise: ['A', ''] } })).toEqual(['mailboxes.noise'])
    expect(wrong({ authservId: 'two words' })).toEqual(['authservId'])
    expect(wrong({ retentionDays: 0.5 })).toEqual(['retentionDays'])
  })

  it('may be a change of any single field, but not of none or of an unknown one', () => {
    const changeProblems = (change: object) => problemsOf(AccountChange, change)
    for (const change of [{ mode: 'act' }, { paused: true }, { imap: { password: 'new' } }, { retentionDays: 0 }])
      expect(changeProblems(change)).toEqual([])
    expect(changeProblems({})).toHaveLength(1)
    expect(changeProblems({ id: 'other' })).toEqual([{ field: 'id', problem: 'is not a known field' }])
    expect(changeProblems({ imap: { pasword: 'new' } })).toEqual([
      { field: 'imap.pasword', problem: 'is not a known field' },
    ])
  })
})

describe('a changed account', () => {
  const acting = changedAccount(account, { mode: 'act' })

  it('keeps what the change does not name', () => {
    expect(acting).toEqual({ ...account, mode: 'act' })
    expect(changedAccount(acting, { addresses: ['New@Example.org'] })).toEqual({
      ...acting,
      addresses: ['new@example.org'],
    })
    expect(changedAccount(acting, { imap: { port: 143, security: 'starttls' } }).imap).toEqual({
      ...account.imap,
      port: 143,
      security: 'starttls',
    })
  })

  it('does not hold a new password', () => {
    expect(JSON.stringify(changedAccount(account, { imap: { password: 'a new secret' } }))).not.toContain('secret')
  })

  it('can be paused and go on', () => {
    const paused = changedAccount(account, { paused: true })
    expect(paused.paused).toBe(true)
    expect(changedAccount(paused, { mode: 'act' }).paused).toBe(true)
    expect(changedAccount(paused, { paused: false })).toEqual(account)
  })
})
