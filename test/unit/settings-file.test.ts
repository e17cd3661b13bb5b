import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { WorthwhileError } from '../../src/errors.ts'
import { readSettings } from '../../src/settings/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'worthwhile-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** A file with this content; its path. */
function file(content: string): string {
  const path = join(folder, `file-${++files}`)
  writeFileSync(path, content)
  return path
}

/** What readSettings complains about, line by line. */
function problemsWith(env: Record<string, string>): string[] {
  try {
    readSettings(env)
  } catch (error) {
    if (error instanceof WorthwhileError && error.code === 'SETTINGS_INVALID') return error.details.problems as string[]
    throw error
  }
  return []
}

const problemsInYaml = (yaml: string) => problemsWith({ WORTHWHILE_CONFIG: file(yaml) })

const imap = '{ host: mail.example.org, port: 993, security: tls, user: ada@example.org, password: kept-secret }'

describe('the settings file', () => {
  it('lies over the defaults, name by name', () => {
    const yaml = 'retentionDays: 0\nmailboxes: { noise: Filtered/Noise }\nlearn: { sent: 10 }\n'
    expect(readSettings({ WORTHWHILE_CONFIG: file(yaml) })).toMatchObject({
      retentionDays: 0,
      mailboxes: { noise: 'Filtered/Noise', later: ['Worthwhile', 'Later'] },
      learn: { sent: 10, received: 2000 },
      concurrency: 8,
    })
  })

  it('may be empty', () => {
    expect(readSettings({ WORTHWHILE_CONFIG: file('# nothing yet\n') }).retentionDays).toBe(30)
  })

  it('may hold accounts', () => {
    const { accounts } = readSettings({
      WORTHWHILE_CONFIG: file(`accounts:\n  - { id: ada, mode: act, imap: ${imap} }\n`),
    })
    expect(accounts).toMatchObject([{ id: 'ada', mode: 'act', imap: { port: 993, password: 'kept-secret' } }])
  })

  it('must be YAML: the error says where it is not, without quoting it', () => {
    expect(problemsInYaml('retentionDays: 30\naccounts: [ { password: hunter2 }\n')).toEqual([
      expect.stringMatching(/^WORTHWHILE_CONFIG: the file is not valid YAML: [a-z ]+ at line \d+, column \d+$/),
    ])
    expect(problemsInYaml('retentionDays: 1\nretentionDays: 2\n')).toEqual([
      'WORTHWHILE_CONFIG: the file is not valid YAML: duplicate key at line 2, column 1',
    ])
    expect(problemsInYaml('- a\n- list\n')).toEqual([
      'WORTHWHILE_CONFIG: the file must hold a mapping of names to values',
    ])
  })

  it('is checked field by field', () => {
    const yaml = `
retentionDays: -1
concurency: 4
learn: { sent: many }
mailboxes: { noise: '' }
accounts:
  - { id: Ada Lovelace, mode: maybe, imap: { host: mail.example.org, port: 70000, security: ssl, user: ada } }
  - { imap: ${imap}, addresses: [not an address], colour: blue }
`
    const problems = problemsInYaml(yaml)
    expect(problems.sort()).toEqual(
      [
        'concurency is not a known field',
        'retentionDays must be >= 0',
        'learn.sent must be integer',
        'mailboxes.noise must be a list of names, one a level, or one text with / between levels, without * and %',
        'accounts.0.id must be 1 to 63 lower-case letters, digits, _ and -, the first a letter or digit',
        'accounts.0.mode must be one of observe, act',
        'accounts.0.imap.password is missing',
        'accounts.0.imap.port must be <= 65535',
        'accounts.0.imap.security must be one of tls, starttls, none',
        'accounts.1.addresses.0 must be an address like ada@example.org',
        'accounts.1.colour is not a known field',
      ]
        .map((problem) => `WORTHWHILE_CONFIG: ${problem}`)
        .sort(),
    )
    expect(problems.join()).not.toContain('kept-secret')
  })

  it('names the classifier’s settings that do not exist or are out of range', () => {
    expect(problemsInYaml('classifier: { tresholds: { noiseBelow: 0.2 } }')).toEqual([
      'WORTHWHILE_CONFIG: classifier settings: there is no tresholds',
    ])
    expect(problemsInYaml('classifier: { thresholds: { noiseBelow: 7 }, weights: { no-such: 1 } }')).toEqual([
      expect.stringMatching(/thresholds\.noiseBelow must be .*weights\.no-such: there is no such heuristic/),
    ])
    expect(readSettings({ WORTHWHILE_CONFIG: file('classifier: { thresholds: { noiseBelow: 0.01 } }') })).toMatchObject(
      {
        classifier: { thresholds: { noiseBelow: 0.01 } },
      },
    )
  })

  it('does not let noise be INBOX, nor the same mailbox as later', () => {
    expect(problemsInYaml('mailboxes: { noise: Inbox }')).toEqual([
      'WORTHWHILE_CONFIG: mailboxes.noise and mailboxes.later must be other mailboxes than INBOX',
    ])
    expect(problemsInYaml(`accounts: [{ imap: ${imap}, mailboxes: { noise: X/Y, later: [X, Y] } }]`)).toEqual([
      'WORTHWHILE_CONFIG: accounts.0: mailboxes.noise and mailboxes.later must be two different mailboxes',
    ])
  })

  it('gives every account an id of its own', () => {
    expect(problemsInYaml(`accounts: [{ imap: ${imap} }, { id: ada-example-org, imap: ${imap} }]`)).toEqual([
      'WORTHWHILE_CONFIG: accounts.1 has the same id as accounts.0',
    ])
  })
})
