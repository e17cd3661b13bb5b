import { describe, expect, it } from 'vitest'
import { HEURISTICS } from '../../../src/core/heuristics/table.ts'
import { formProblems, type MailboxForm, mailboxOf } from '../../../src/dashboard/page/mailbox-form.ts'
import { guessHost, providerOf } from '../../../src/dashboard/page/providers.ts'
import { de } from '../../../src/dashboard/page/texts/de.ts'
import { en } from '../../../src/dashboard/page/texts/en.ts'
import { es } from '../../../src/dashboard/page/texts/es.ts'
import { fr } from '../../../src/dashboard/page/texts/fr.ts'

const shapeOf = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
    : typeof value

describe.each(Object.entries({ de, fr, es }))('the texts in %s', (_, language) => {
  it('say everything that English says, and nothing is empty', () => {
    const { evidence: _own, ...rest } = language
    const { evidence: _none, ...english } = en
    expect(shapeOf(rest)).toEqual(shapeOf(english))
    expect(JSON.stringify(language)).not.toContain('""')
  })

  it('name the observations of the classifier; a new one reads in English until it is translated', () => {
    const names = [...HEURISTICS.map(({ name }) => name), 'words-for', 'words-against', 'never-bury']
    expect(names.filter((name) => !language.evidence[name]).length).toBeLessThan(0.05 * names.length)
  })
})

describe('the form for a mailbox', () => {
  const filled: MailboxForm = {
    address: 'ada@example.org',
    password: 'secret',
    host: 'imap.example.org',
    port: '993',
    security: 'tls',
    user: 'ada',
    others: 'a@b.example, c@d.example',
  }

  it('says what is missing or no address', () => {
    expect(formProblems(filled)).toEqual({})
    expect(formProblems({ ...filled, password: '', address: 'ada', others: 'x' })).toEqual({
      password: 'required',
      address: 'badAddress',
      others: 'badAddress',
    })
  })

  it('sends what the service asks for', () => {
    expect(mailboxOf(filled)).toEqual({
      imap: { host: 'imap.example.org', port: 993, security: 'tls', user: 'ada', password: 'secret' },
      addresses: ['ada@example.org', 'a@b.example', 'c@d.example'],
    })
  })

  it('knows large providers, and guesses for the rest', () => {
    expect(providerOf('me@Gmail.com')).toMatchObject({ host: 'imap.gmail.com', wants: 'app-password' })
    expect(guessHost('me@firm.example')).toBe('imap.firm.example')
    expect(guessHost('me@')).toBe('')
  })
})
