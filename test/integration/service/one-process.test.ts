import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { dropFile } from '../../servers/file-drop.ts'
import { asReader, placesOf } from '../../servers/mailboxes.ts'
import { message, newMessageId } from '../../servers/message.ts'
import { expectAllAccountedFor } from '../../service/account-for.ts'
import { type ServiceClient, until } from '../../service/client.ts'
import { ServiceProcesses } from '../../service/processes.ts'

const AUTHENTIC = 'mx.example.com; dkim=pass header.d=example.org; dmarc=pass header.from=example.org'

describe('npm start: everything in one process with a Redis of its own', () => {
  let dovecot: Dovecot
  let service: ServiceProcesses
  let client: ServiceClient

  beforeAll(async () => {
    dovecot = await startDovecot({
      users: {
        reader: 'secret',
        observer: 'secret',
        writer: 'secret',
        handled: 'secret',
        crowd: 'secret',
        backlog: 'secret',
      },
    })
    service = await ServiceProcesses.prepare(null)
    service.start('service')
    await service.ready()
    client = service.client
  })

  afterAll(async () => {
    await service?.cleanup()
    await dovecot?.cleanup()
  })

  it('moves noise of an account set to act, and says why', async () => {
    await client.protect(dovecot, 'reader')
    const messageId = newMessageId()
    await deliver(
      dovecot.lmtpPort,
      'reader',
      message({
        messageId,
        subject: 'Quick question',
        text: 'We are the leading provider. Do you have 15 minutes this week?',
      }),
    )
    const [decision] = await client.settled('reader', 1)
    expect(decision).toMatchObject({
      verdict: 'noise',
      moved: true,
      mailbox: 'Worthwhile/Noise',
      subject: 'Quick question',
    })
    expect(decision?.evidence.length).toBeGreaterThan(0)
    expect(await placesOf(dovecot, 'reader', messageId)).toEqual(['Worthwhile/Noise'])
  })

  it('never moves again what the reader took back, and takes it as feedback', async () => {
    const [decision] = await client.decisions('reader')
    await asReader(dovecot, 'reader', async (reader) => {
      await reader.mailboxOpen('Worthwhile/Noise')
      await reader.messageMove('1:*', 'INBOX')
    })
    const after = await until('the feedback', async () => {
      const seen = await client.expect<typeof decision>(200, 'GET', `/v1/decisions/${decision?.id}`)
      return seen?.feedback ? seen : undefined
    })
    expect(after).toMatchObject({ mailbox: 'INBOX', feedback: { verdict: 'valuable', source: 'moved' } })
    expect(await placesOf(dovecot, 'reader', `<${decision?.messageId}>`)).toEqual(['INBOX'])
    expect(await client.decisions('reader')).toHaveLength(1)
  })

  it('moves nothing of an account that observes', async () => {
    await client.protect(dovecot, 'observer', { mode: 'observe' })
    const messageId = newMessageId()
    await dropFile(dovecot, 'observer', message({ messageId }))
    const [decision] = await client.settled('observer', 1)
    expect(decision).toMatchObject({ verdict: 'noise', moved: false, mailbox: 'INBOX' })
    expect(await placesOf(dovecot, 'observer', messageId)).toEqual(['INBOX'])
  })

  it('knows from the Sent mailbox whom the reader writes to, and never buries their authenticated mail', async () => {
    await asReader(dovecot, 'writer', async (reader) => {
      await reader.append(
        'Sent',
        message({ from: 'writer@example.com', to: 'Ada <ada@example.org>', messageId: '<mine@example.com>' }),
        ['\\Seen'],
      )
    })
    await client.protect(dovecot, 'writer')
    const known = newMessageId()
    const forged = newMessageId()
    await deliver(
      dovecot.lmtpPort,
      'writer',
      message({ messageId: known, from: 'Ada <ada@example.org>', headers: { 'Authentication-Results': AUTHENTIC } }),
    )
    await deliver(
      dovecot.lmtpPort,
      'writer',
      message({
        messageId: forged,
        from: 'Ada <ada@example.org>',
        headers: { 'Authentication-Results': AUTHENTIC.replaceAll('pass', 'fail') },
      }),
    )
    await client.settled('writer', 2)
    expect(await placesOf(dovecot, 'writer', known)).toEqual(['INBOX'])
    expect(await placesOf(dovecot, 'writer', forged)).toEqual(['Worthwhile/Noise'])
  })

  it('judges no old mail, however much there is, and takes new mail at once', async () => {
    await asReader(dovecot, 'backlog', async (reader) => {
      for (let i = 0; i < 3_000; i++)
        await reader.append('INBOX', message({ subject: `Old ${i}` }), i % 2 ? ['\\Seen'] : [])
    })
    await client.protect(dovecot, 'backlog')
    const messageId = newMessageId()
    await deliver(dovecot.lmtpPort, 'backlog', message({ messageId }))
    const decisions = await client.settled('backlog', 1)
    expect(decisions).toHaveLength(1)
    expect(await placesOf(dovecot, 'backlog', messageId)).toEqual(['Worthwhile/Noise'])
  })

  it('judges odd mail too: no From, no Date, no text, 8-bit headers, a 30 MB attachment', async () => {
    await client.protect(dovecot, 'handled')
    const odd = {
      'no-from': message({ messageId: '<no-from@example.org>', headers: { From: null } }),
      'no-date': message({ messageId: '<no-date@example.org>', headers: { Date: null } }),
      'no-text': message({ messageId: '<no-text@example.org>', text: '' }),
      'eight-bit': Buffer.from(
        message({ messageId: '<eight-bit@example.org>', subject: 'Gr\u00fc\u00dfe \u00fcber alles' }),
        'latin1',
      ),
      huge: message({ messageId: '<huge@example.org>', attachment: { filename: 'film.bin', bytes: 30 * 1024 * 1024 } }),
    }
    for (const raw of Object.values(odd)) await deliver(dovecot.lmtpPort, 'handled', raw)
    const decisions = await client.settled('handled', 5)
    await expectAllAccountedFor(
      dovecot,
      'handled',
      Object.keys(odd).map((name) => `<${name}@example.org>`),
      decisions,
    )
  })

  it('leaves alone what the reader has flagged or answered already', async () => {
    const messageId = newMessageId()
    await asReader(dovecot, 'handled', (reader) => reader.append('INBOX', message({ messageId }), ['\\Flagged']))
    const decisions = await client.settled('handled', 6)
    expect(decisions[0]).toMatchObject({ moved: false, mailbox: 'INBOX', problem: { code: 'HANDLED_BY_READER' } })
  })

  it('takes a burst of 50 in any order, each once', async () => {
    await client.protect(dovecot, 'crowd')
    const ids = Array.from({ length: 50 }, newMessageId)
    await Promise.all(ids.map((messageId) => dropFile(dovecot, 'crowd', message({ messageId }))))
    await expectAllAccountedFor(dovecot, 'crowd', ids, await client.settled('crowd', 50))
  })

  it('stops in order and finds everything again when it is started anew', async () => {
    const before = await client.decisions('crowd')
    const again = await restart()
    expect(await client.decisions('crowd')).toEqual(before)
    const messageId = newMessageId()
    await deliver(dovecot.lmtpPort, 'crowd', message({ messageId }))
    await client.settled('crowd', 51)
    expect(again.exitCode).toBeNull()
    expect(service.output).not.toContain('secret')
  })

  async function restart() {
    expect(await service.stopAll()).toEqual([0])
    const child = service.start('service')
    await service.ready()
    await client.watching('crowd')
    return child
  }
})
