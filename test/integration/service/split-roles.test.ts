import type { ChildProcess } from 'node:child_process'
import { setTimeout as outage } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { LmtpClient } from '../../../src/demo/lmtp.ts'
import { asReader, placesOf } from '../../servers/mailboxes.ts'
import { message, newMessageId } from '../../servers/message.ts'
import { startProxy } from '../../servers/proxy.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { expectAllAccountedFor } from '../../service/account-for.ts'
import { type ServiceClient, until } from '../../service/client.ts'
import { end, ServiceProcesses } from '../../service/processes.ts'

/** Long enough for 1,000 messages on a machine that does other things as well. */
const BACKLOG_TIMEOUT_MS = 240_000

describe('api, poller and workers as processes of their own', () => {
  let dovecot: Dovecot
  let redis: RedisServer
  let service: ServiceProcesses
  let client: ServiceClient
  let poller: ChildProcess

  beforeAll(async () => {
    dovecot = await startDovecot({
      users: {
        rescued: 'secret',
        killed: 'secret',
        thrice: 'secret',
        taken: 'secret',
        outage: 'secret',
        restarted: 'secret',
        wiped: 'secret',
      },
    })
    redis = await startRedis()
    service = await ServiceProcesses.prepare(redis.url)
    service.start('api')
    poller = service.start('poller')
    await service.ready()
    client = service.client
  })

  afterAll(async () => {
    await service?.cleanup()
    await redis?.cleanup()
    await dovecot?.cleanup()
  })

  async function deliverMany(
    user: string,
    n: number,
    during: (i: number) => Promise<void> | void = () => undefined,
  ): Promise<string[]> {
    const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
    const ids: string[] = []
    for (let i = 0; i < n; i++) {
      const messageId = newMessageId()
      await lmtp.deliver(user, message({ messageId }))
      ids.push(messageId)
      await during(i)
    }
    await lmtp.close()
    return ids
  }

  it('200 messages, 3 workers, one killed with SIGKILL twice: each in one mailbox, each with one decision', async () => {
    let victim = service.start('classifier')
    const others = [service.start('classifier'), service.start('classifier')]
    await client.protect(dovecot, 'killed')
    const ids = await deliverMany('killed', 200, async (i) => {
      if (i !== 60 && i !== 140) return
      await end(victim, 'SIGKILL')
      victim = service.start('classifier')
    })
    await expectAllAccountedFor(dovecot, 'killed', ids, await client.settled('killed', 200))
    for (const child of [victim, ...others]) await end(child, 'SIGTERM')
  })

  it('a message whose worker is killed three times in a row is still done, within 20 s of the last', async () => {
    const proxy = await startProxy(dovecot.port)
    const learner = service.start('classifier')
    await client.protect(dovecot, 'thrice', { imap: { ...login('thrice'), port: proxy.port } })
    await end(learner, 'SIGTERM')
    const [messageId = ''] = await deliverMany('thrice', 1)
    await until('the message is in the queue', () => jobs('waiting'))
    proxy.freeze()
    for (let i = 0; i < 3; i++) {
      const before = proxy.connections
      const worker = service.start('classifier')
      await until(
        'this worker has the message and knocks at the frozen server',
        async () => proxy.connections > before || undefined,
      )
      await end(worker, 'SIGKILL')
    }
    proxy.thaw()
    const worker = service.start('classifier')
    await expectAllAccountedFor(dovecot, 'thrice', [messageId], await client.settled('thrice', 1, 20_000))
    await end(worker, 'SIGTERM')
    await proxy.close()
  })

  it('another poller takes over within 15 s when one dies', async () => {
    const worker = service.start('classifier')
    await client.protect(dovecot, 'taken')
    const heir = service.start('poller')
    await end(poller, 'SIGKILL')
    const killedAt = Date.now()
    const ids = await deliverMany('taken', 1)
    await client.settled('taken', 1)
    expect(Date.now() - killedAt).toBeLessThan(15_000 + 2_000)
    await expectAllAccountedFor(dovecot, 'taken', ids, await client.decisions('taken'))
    poller = heir
    await end(worker, 'SIGTERM')
  })

  it('Redis gone for 10 s: mail that comes meanwhile is judged when it is back', async () => {
    const worker = service.start('classifier')
    await client.protect(dovecot, 'outage')
    await redis.kill()
    const ids = await deliverMany('outage', 5)
    expect((await client.request('GET', '/readyz')).status).toBe(503)
    await outage(10_000)
    await redis.start()
    await expectAllAccountedFor(dovecot, 'outage', ids, await client.settled('outage', 5))
    await end(worker, 'SIGTERM')
  })

  it(
    'Redis killed and restarted in the middle of a backlog of 1,000: every message is judged once',
    async () => {
      const worker = service.start('classifier')
      await client.protect(dovecot, 'restarted')
      const ids = await deliverMany('restarted', 1_000, async (i) => {
        if (i === 500) await redis.restart()
      })
      await expectAllAccountedFor(
        dovecot,
        'restarted',
        ids,
        await client.settled('restarted', 1_000, BACKLOG_TIMEOUT_MS),
      )
      await end(worker, 'SIGTERM')
    },
    BACKLOG_TIMEOUT_MS,
  )

  it('Redis wiped: what the reader took back from Noise stays in INBOX', async () => {
    const worker = service.start('classifier')
    await client.protect(dovecot, 'rescued')
    const ids = await deliverMany('rescued', 1)
    await client.settled('rescued', 1)
    await asReader(dovecot, 'rescued', async (reader) => {
      await reader.mailboxOpen('Worthwhile/Noise')
      await reader.messageMove('1:*', 'INBOX')
    })
    const account = () => client.account('rescued')
    await until('the rescue is noticed', async () => ((await account()).learned.valuable === 1 ? true : undefined))
    // A change makes the poller look afresh, so that the rescued message lies below the position it remembers.
    const { lastSyncAt } = await account()
    await client.expect(200, 'PATCH', '/v1/accounts/rescued', { retentionDays: 31 })
    await until('the poller has swept', async () => ((await account()).lastSyncAt !== lastSyncAt ? true : undefined))
    await redis.restartEmpty()
    await until('the account is back', async () =>
      (await client.request('GET', '/v1/accounts/rescued')).status === 200 ? true : undefined,
    )
    const later = await deliverMany('rescued', 1)
    await client.settledOn('rescued', [...ids, ...later], 60_000)
    expect(await placesOf(dovecot, 'rescued', ids[0] ?? '')).toEqual(['INBOX'])
    await end(worker, 'SIGTERM')
  })

  it(
    'Redis killed and its data wiped in the middle of a backlog of 1,000: every message ends judged once',
    async () => {
      const worker = service.start('classifier')
      await client.protect(dovecot, 'wiped')
      const ids = await deliverMany('wiped', 1_000, async (i) => {
        if (i === 500) await redis.restartEmpty()
      })
      await until('the account is back', async () =>
        (await client.request('GET', '/v1/accounts/wiped')).status === 200 ? true : undefined,
      )
      await expectAllAccountedFor(dovecot, 'wiped', ids, await client.settledOn('wiped', ids, BACKLOG_TIMEOUT_MS))
      await end(worker, 'SIGTERM')
    },
    BACKLOG_TIMEOUT_MS,
  )

  const login = (user: string) => ({
    host: dovecot.host,
    port: dovecot.port,
    security: 'none',
    user,
    password: dovecot.users[user],
  })

  /** True when at least one job is in that state, by the service's own metrics. */
  async function jobs(state: 'waiting' | 'active'): Promise<true | undefined> {
    const { body } = await client.request('GET', '/metrics')
    const n = Number(new RegExp(`worthwhile_jobs\\{state="${state}"\\} (\\d+)`).exec(String(body))?.[1])
    return n > 0 ? true : undefined
  }
})
