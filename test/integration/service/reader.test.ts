import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver, LmtpClient } from '../../../src/demo/lmtp.ts'
import { asReader, listMailboxes, placesOf } from '../../servers/mailboxes.ts'
import { message } from '../../servers/message.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { type Decision, type ServiceClient, until } from '../../service/client.ts'
import { ServiceProcesses } from '../../service/processes.ts'

const AUTHENTIC = {
  'Authentication-Results': 'mx.example.com; dkim=pass header.d=example.org; dmarc=pass header.from=example.org',
}
const USERS = [
  'drags',
  'buries',
  'copies',
  'junks',
  'answers',
  'away',
  'cleans',
  'says',
  'undoes',
  'conflicts',
  'again',
]

describe.each(['full', 'noMove'] as const)('what the reader does, on a server with profile %s', (profile) => {
  let dovecot: Dovecot
  let redis: RedisServer
  let service: ServiceProcesses
  let client: ServiceClient

  beforeAll(async () => {
    dovecot = await startDovecot({ profile, users: Object.fromEntries(USERS.map((user) => [user, 'secret'])) })
    redis = await startRedis()
    service = await ServiceProcesses.prepare(redis.url)
    for (const role of ['api', 'poller', 'classifier'] as const) service.start(role)
    await service.ready()
    client = service.client
  })

  afterAll(async () => {
    await service?.cleanup()
    await redis?.cleanup()
    await dovecot?.cleanup()
  })

  /** Delivers one message to a protected user and resolves with its decision. */
  async function judged(user: string, parts: Parameters<typeof message>[0] = {}): Promise<Decision> {
    const before = (await client.decisions(user)).length
    await deliver(dovecot.lmtpPort, user, message({ headers: AUTHENTIC, ...parts }))
    const [newest] = await client.settled(user, before + 1)
    if (!newest) throw new Error('no decision')
    return newest
  }

  const reread = (decision: Decision) => client.expect<Decision>(200, 'GET', `/v1/decisions/${decision.id}`)

  const feedbackOn = (decision: Decision) =>
    until('feedback is noticed', async () => {
      const seen = await reread(decision)
      return seen.feedback ? seen : undefined
    })

  /** Moves one message as a mail program would. */
  const drag = (user: string, messageId: string | null, from: string, to: string) =>
    asReader(dovecot, user, async (reader) => {
      await reader.mailboxOpen(from)
      const [uid] = (await reader.search({ header: { 'message-id': `<${messageId}>` } }, { uid: true })) || []
      await reader.messageMove(String(uid), to, { uid: true })
    })

  it('dragged out of Noise into INBOX: it was valuable, and stays there', async () => {
    await client.protect(dovecot, 'drags')
    const decision = await judged('drags')
    await drag('drags', decision.messageId, 'Worthwhile/Noise', 'INBOX')
    expect(await feedbackOn(decision)).toMatchObject({
      mailbox: 'INBOX',
      feedback: { verdict: 'valuable', source: 'moved' },
    })
    expect(await client.account('drags')).toMatchObject({ learned: { valuable: 1, noise: 0 } })
  })

  it('dragged from INBOX to Noise: it was noise; and back again: it was valuable after all', async () => {
    await client.protect(dovecot, 'buries', { mode: 'observe' })
    const decision = await judged('buries')
    await drag('buries', decision.messageId, 'INBOX', 'Worthwhile/Noise')
    expect(await feedbackOn(decision)).toMatchObject({
      mailbox: 'Worthwhile/Noise',
      feedback: { verdict: 'noise', source: 'moved' },
    })
    expect(await client.account('buries')).toMatchObject({ learned: { valuable: 0, noise: 1 } })
    await drag('buries', decision.messageId, 'Worthwhile/Noise', 'INBOX')
    await until('the other word counts', async () =>
      (await reread(decision)).feedback?.verdict === 'valuable' ? true : undefined,
    )
    expect(await client.account('buries')).toMatchObject({ learned: { valuable: 1, noise: 0 } })
  })

  it('a mail program that copies and deletes says the same as one that moves', async () => {
    await client.protect(dovecot, 'copies')
    const decision = await judged('copies')
    await asReader(dovecot, 'copies', async (reader) => {
      await reader.mailboxOpen('Worthwhile/Noise')
      await reader.messageCopy('1:*', 'INBOX')
      await feedbackOn(decision)
      await reader.messageDelete('1:*')
    })
    expect(await placesOf(dovecot, 'copies', `<${decision.messageId}>`)).toEqual(['INBOX'])
    expect(await reread(decision)).toMatchObject({ mailbox: 'INBOX', feedback: { verdict: 'valuable' } })
  })

  it('from INBOX to Junk is noise; what a filter put there at delivery, and Junk to Trash, teach nothing', async () => {
    await client.protect(dovecot, 'junks', { mode: 'observe' })
    await asReader(dovecot, 'junks', (reader) =>
      reader.append('Junk', message({ messageId: '<filtered@example.org>' })),
    )
    const decision = await judged('junks')
    await drag('junks', decision.messageId, 'INBOX', 'Junk')
    await feedbackOn(decision)
    await drag('junks', 'filtered@example.org', 'Junk', 'Trash')
    await drag('junks', decision.messageId, 'Junk', 'Trash')
    await judged('junks')
    expect(await client.account('junks')).toMatchObject({ learned: { valuable: 0, noise: 1 } })
  })

  it('answered or flagged: it was valuable', async () => {
    await client.protect(dovecot, 'answers', { mode: 'observe' })
    const [answered, flagged] = [await judged('answers'), await judged('answers')]
    await asReader(dovecot, 'answers', async (reader) => {
      await reader.mailboxOpen('INBOX')
      await reader.messageFlagsAdd('1', ['\\Answered'])
      await reader.messageFlagsAdd('2', ['\\Flagged'])
    })
    expect(await feedbackOn(answered)).toMatchObject({ feedback: { verdict: 'valuable', source: 'answered' } })
    expect(await feedbackOn(flagged)).toMatchObject({ feedback: { verdict: 'valuable', source: 'flagged' } })
  })

  it('what the reader did while the service was down is noticed when it is back', async () => {
    await client.protect(dovecot, 'away', { mode: 'observe' })
    const [moved, flagged] = [await judged('away'), await judged('away')]
    await service.stopAll()
    await drag('away', moved.messageId, 'INBOX', 'Worthwhile/Noise')
    await asReader(dovecot, 'away', async (reader) => {
      await reader.mailboxOpen('INBOX')
      await reader.messageFlagsAdd('1:*', ['\\Flagged'])
    })
    for (const role of ['api', 'poller', 'classifier'] as const) service.start(role)
    await service.ready()
    expect(await feedbackOn(moved)).toMatchObject({ feedback: { verdict: 'noise' } })
    expect(await feedbackOn(flagged)).toMatchObject({ feedback: { verdict: 'valuable' } })
  })

  it('a whole day of clean-up, 500 moves at once, is learned without duplicates', async () => {
    await client.protect(dovecot, 'cleans', { mode: 'observe' })
    const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
    for (let i = 0; i < 500; i++) await lmtp.deliver('cleans', message({ subject: `Offer ${i}` }))
    await lmtp.close()
    await client.settled('cleans', 500)
    await asReader(dovecot, 'cleans', async (reader) => {
      await reader.mailboxOpen('INBOX')
      await reader.messageMove('1:*', 'Worthwhile/Noise')
    })
    await until(
      'all is learned',
      async () => ((await client.account('cleans')).learned.noise >= 500 ? true : undefined),
      60_000,
    )
    expect((await client.account('cleans')).learned).toEqual({ valuable: 0, noise: 500 })
  }, 120_000)

  it('said through the API: the message moves, the sender is remembered at once, and can be forgotten', async () => {
    await client.protect(dovecot, 'says')
    const decision = await judged('says')
    expect(decision.mailbox).toBe('Worthwhile/Noise')
    const after = await client.expect<Decision>(200, 'POST', `/v1/decisions/${decision.id}/feedback`, {
      verdict: 'valuable',
      scope: 'sender',
    })
    expect(after).toMatchObject({ mailbox: 'INBOX', feedback: { verdict: 'valuable', scope: 'sender', source: 'api' } })
    expect(await judged('says')).toMatchObject({ verdict: 'valuable', mailbox: 'INBOX' })
    const forged = { 'Authentication-Results': 'mx.example.com; dkim=fail; dmarc=fail header.from=example.org' }
    expect(await judged('says', { headers: forged })).toMatchObject({ verdict: 'noise' })
    const { items } = await client.expect<{ items: { kind: string; key: string }[] }>(
      200,
      'GET',
      '/v1/senders?account=says',
    )
    expect(items).toContainEqual(expect.objectContaining({ kind: 'sender', key: 'ada@example.org' }))
    const record = await client.expect(200, 'GET', '/v1/senders/ada%40example.org?account=says')
    expect(record).toMatchObject({
      received: 3,
      said: { valuable: 1, noise: 0 },
      organisation: { domain: 'example.org' },
      remembered: [{ kind: 'sender' }],
    })
    await client.expect(204, 'DELETE', '/v1/senders/ada%40example.org?account=says')
    await client.expect(200, 'POST', `/v1/decisions/${decision.id}/feedback`, { verdict: 'noise', scope: 'sender' })
    expect(await placesOf(dovecot, 'says', `<${decision.messageId}>`)).toEqual(['Worthwhile/Noise'])
    expect(await judged('says')).toMatchObject({ verdict: 'noise' })
  })

  it('undo: the message is back with its flags, and every counter is what it was, to the byte', async () => {
    await client.protect(dovecot, 'undoes')
    await judged('undoes')
    const before = await countersOf('undoes')
    const decision = await judged('undoes', { subject: 'Nothing of this may stay' })
    await client.expect(200, 'POST', `/v1/decisions/${decision.id}/feedback`, { verdict: 'noise', scope: 'sender' })
    await asReader(dovecot, 'undoes', async (reader) => {
      await reader.mailboxOpen('Worthwhile/Noise')
      await reader.messageFlagsAdd('2', ['\\Seen', 'custom'])
    })
    expect(await countersOf('undoes')).not.toEqual(before)
    for (let i = 0; i < 2; i++) {
      const undone = await client.expect<Decision>(200, 'POST', `/v1/decisions/${decision.id}/undo`)
      expect(undone).toMatchObject({ mailbox: 'INBOX' })
      expect(undone.feedback).toBeUndefined()
    }
    expect(await countersOf('undoes')).toEqual(before)
    expect((await client.expect<{ items: unknown[] }>(200, 'GET', '/v1/senders?account=undoes')).items).toEqual([])
    const inbox = (await listMailboxes(dovecot, 'undoes')).INBOX
    expect(inbox).toMatchObject([
      { messageId: `<${decision.messageId}>`, flags: expect.arrayContaining(['\\Seen', 'custom']) },
    ])
    expect(await client.decisions('undoes')).toHaveLength(2)
  })

  it('undo counts again after the reader has changed their mind, and learning anew forgets no word', async () => {
    await client.protect(dovecot, 'again')
    const decision = await judged('again')
    const path = `/v1/decisions/${decision.id}`
    for (let i = 0; i < 2; i++) {
      await client.expect(200, 'POST', `${path}/feedback`, { verdict: 'noise', scope: 'sender' })
      expect(await placesOf(dovecot, 'again', `<${decision.messageId}>`)).toEqual(['Worthwhile/Noise'])
      await client.expect(200, 'POST', `${path}/undo`)
      expect(await placesOf(dovecot, 'again', `<${decision.messageId}>`)).toEqual(['INBOX'])
    }
    const untaught = await countersOf('again')
    await client.expect(200, 'POST', `${path}/feedback`, { verdict: 'valuable' })
    const taught = await countersOf('again')
    await client.expect(202, 'POST', '/v1/accounts/again/learn')
    await client.watching('again')
    expect(await countersOf('again')).toEqual(taught)
    await client.expect(200, 'POST', `${path}/undo`)
    expect(await countersOf('again')).toEqual(untaught)
  })

  it('what the reader filed elsewhere or deleted is reported as a conflict, and nothing is forced', async () => {
    await client.protect(dovecot, 'conflicts')
    const decision = await judged('conflicts')
    await drag('conflicts', decision.messageId, 'Worthwhile/Noise', 'Archive')
    const path = `/v1/decisions/${decision.id}/feedback`
    expect(await client.request('POST', path, { verdict: 'valuable' })).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT' },
    })
    expect(await placesOf(dovecot, 'conflicts', `<${decision.messageId}>`)).toEqual(['Archive'])
    await asReader(dovecot, 'conflicts', async (reader) => {
      await reader.mailboxOpen('Archive')
      await reader.messageDelete('1:*')
    })
    expect(await client.request('POST', path, { verdict: 'valuable' })).toMatchObject({ status: 409 })
    expect(await client.request('POST', path, { verdict: 'maybe' })).toMatchObject({ status: 400 })
  })

  /** Everything learned, as the store holds it. */
  async function countersOf(user: string): Promise<Record<string, Record<string, string>>> {
    const store = new Redis(redis.url)
    try {
      const names = (await store.keys(`ww:{${user}}:counts:*`)).sort()
      const hashes = await Promise.all(names.map((name) => store.hgetallBuffer(name)))
      return Object.fromEntries(
        names.map((name, i) => [
          name,
          Object.fromEntries(
            Object.entries(hashes[i] ?? {})
              .map(([field, value]) => [Buffer.from(field).toString('hex'), String(value)])
              .sort(),
          ),
        ]),
      )
    } finally {
      store.disconnect()
    }
  }
})
