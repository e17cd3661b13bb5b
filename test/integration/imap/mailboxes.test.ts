import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account } from '../../../src/account.ts'
import { type Dovecot, type DovecotOptions, startDovecot } from '../../../src/demo/dovecot.ts'
import { connectImap, type ImapClient } from '../../../src/imap/connect.ts'
import { findMailboxes } from '../../../src/imap/mailboxes.ts'
import { logout } from '../../../src/imap/sessions.ts'
import { asReader } from '../../servers/mailboxes.ts'
import { accountOf, readers, takeTurns } from './arrangement.ts'
import { startWiretap } from './wiretap.ts'

const layouts = {
  'with / between levels': { separator: '/', prefix: '' },
  'with . between levels below INBOX.': { separator: '.', prefix: 'INBOX.' },
} as const satisfies Record<string, DovecotOptions>

describe.each(Object.entries(layouts))('the mailboxes of an account %s', (_, { separator, prefix }) => {
  const NOISE = `${prefix}Worthwhile${separator}Noise`
  const LATER = `${prefix}Worthwhile${separator}Later`
  let dovecot: Dovecot
  let next: () => string
  beforeAll(async () => {
    dovecot = await startDovecot({ separator, prefix, users: readers(20) })
    next = takeTurns(dovecot)
  })
  afterAll(() => dovecot.cleanup())

  async function connected<T>(user: string, act: (client: ImapClient) => Promise<T>, port = dovecot.port): Promise<T> {
    const client = await connectImap(accountOf(dovecot, user, port).imap, dovecot.users[user] ?? '')
    try {
      return await act(client)
    } finally {
      await logout(client)
    }
  }

  const find = (user: string, over: Partial<Account> = {}, port = dovecot.port) =>
    connected(user, (client) => findMailboxes(client, { ...accountOf(dovecot, user), ...over }), port)

  /** Paths that mail programs show. */
  const subscribed = (user: string) =>
    asReader(dovecot, user, async (reader) =>
      (await reader.list()).filter((mailbox) => mailbox.subscribed).map(({ path }) => path),
    )

  it('are made and subscribed when they are missing', async () => {
    const user = next()
    expect(await find(user)).toMatchObject({ inbox: 'INBOX', noise: NOISE, later: LATER })
    expect(await subscribed(user)).toEqual(expect.arrayContaining([NOISE, LATER]))
  })

  it('are selectable by the paths that are returned', async () => {
    await connected(next(), async (client) => {
      const { noise, later } = await findMailboxes(client, accountOf(dovecot, 'anybody'))
      for (const path of [noise, later]) expect(await client.mailboxOpen(path)).toMatchObject({ path, exists: 0 })
    })
  })

  it('are found again, and nothing is made a second time', async () => {
    const user = next()
    const first = await find(user)
    const tap = await startWiretap(dovecot.port)
    expect(await find(user, {}, tap.port)).toEqual(first)
    await tap.close()
    expect(tap.commands.filter((line) => /^(CREATE|SUBSCRIBE)/.test(line))).toEqual([])
  })

  it('are subscribed again when the reader unsubscribed them', async () => {
    const user = next()
    await find(user)
    await asReader(dovecot, user, (reader) => reader.mailboxUnsubscribe(NOISE))
    expect(await subscribed(user)).not.toContain(NOISE)
    await find(user)
    expect(await subscribed(user)).toContain(NOISE)
  })

  it('keep their mail and UIDs when they are found again', async () => {
    const user = next()
    const { noise } = await find(user)
    const before = await asReader(dovecot, user, async (reader) => {
      await reader.append(noise, 'Subject: kept\r\n\r\n')
      return reader.status(noise, { messages: true, uidValidity: true })
    })
    await find(user)
    expect(
      await asReader(dovecot, user, (reader) => reader.status(noise, { messages: true, uidValidity: true })),
    ).toEqual(before)
  })

  it('with a special use are found by it (RFC 6154)', async () => {
    expect(await find(next())).toMatchObject({
      sent: `${prefix}Sent`,
      archive: `${prefix}Archive`,
      junk: `${prefix}Junk`,
      trash: `${prefix}Trash`,
    })
  })

  it('with a special use that the server does not tell are found by their usual names', async () => {
    const tap = await startWiretap(dovecot.port, (line, from) =>
      from === 'server' ? line.replace(/ \\(Sent|Archive|Junk|Trash|Drafts)/g, '').replace(/ SPECIAL-USE/g, '') : line,
    )
    const { sent, trash } = await find(next(), {}, tap.port)
    await tap.close()
    expect({ sent, trash }).toEqual({ sent: `${prefix}Sent`, trash: `${prefix}Trash` })
  })

  it('with a special use that are not there are null', async () => {
    const tap = await startWiretap(dovecot.port, (line, from) =>
      from === 'server' && /^\* (LIST|LSUB) .*(Sent|Archive|Junk|Trash|Drafts)"?$/.test(line) ? '* OK hidden' : line,
    )
    const found = await find(next(), {}, tap.port)
    await tap.close()
    expect(found).toMatchObject({ sent: null, archive: null, junk: null, trash: null, noise: NOISE })
  })

  it('may have names in any script', async () => {
    const mailboxes = { noise: ['Wichtig & Nötig', 'Lärm'], later: ['あとで'] }
    const found = await find(next(), { mailboxes })
    expect(found).toMatchObject({
      noise: `${prefix}Wichtig & Nötig${separator}Lärm`,
      later: `${prefix}あとで`,
    })
  })

  it('are made where only a level above another mailbox was', async () => {
    const user = next()
    const mailboxes = { noise: ['Worthwhile'], later: ['Worthwhile', 'Later'] }
    await asReader(dovecot, user, (reader) => reader.mailboxCreate(['Worthwhile', 'Later']))
    const { noise } = await find(user, { mailboxes })
    expect(await connected(user, (client) => client.mailboxOpen(noise))).toMatchObject({ exists: 0 })
  })

  it('are found by all who make them at the same time', async () => {
    const user = next()
    const found = await Promise.all(Array.from({ length: 5 }, () => find(user)))
    expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(found[0]).toMatchObject({ noise: NOISE, later: LATER })
  })

  it('are found by all who make them at the same time where the server does not say ALREADYEXISTS', async () => {
    const user = next()
    const tap = await startWiretap(dovecot.port, async (line, from) => {
      if (from === 'client' && / CREATE /.test(line)) await find(user)
      return line.replace(/NO \[ALREADYEXISTS\]/, 'NO')
    })
    expect(await find(user, {}, tap.port)).toMatchObject({ noise: NOISE, later: LATER })
    await tap.close()
    expect(await subscribed(user)).toEqual(expect.arrayContaining([NOISE, LATER]))
  })

  it('that cannot be made are IMAP_REFUSED with the name and what to do', async () => {
    const tap = await startWiretap(dovecot.port, (line) => line.replace(/ CREATE .*/, ' CREATE ""'))
    const error = await find(next(), {}, tap.port).catch((reason: unknown) => reason)
    await tap.close()
    expect(error).toMatchObject({ code: 'IMAP_REFUSED', message: expect.stringContaining('Worthwhile/Noise') })
  })
})
