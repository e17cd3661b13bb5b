import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../../src/demo/certificates.ts'
import { freePort } from '../../../src/demo/free-port.ts'
import { JobQueues, type MessageJob, QUEUE_PREFIX, QUEUES } from '../../../src/queue.ts'
import { requireProgram } from '../../../src/setup/programs.mjs'
import { forgetAccount } from '../../../src/store/forget.ts'
import { LeaseStore } from '../../../src/store/lease.ts'
import { connectRedis, type RedisClient, type RedisUse } from '../../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, NOON, type Stores, storesOn } from './arrangement.ts'

const run = promisify(execFile)

const clients: RedisClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect()
})

function connected(url: string, use: RedisUse): RedisClient {
  const client = connectRedis(url, use)
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

/** Everything that the service asks of a Redis: every script, every transaction, jobs, and announcements. */
async function doesAllThatTheServiceNeeds(url: string): Promise<void> {
  const stores = storesOn(connected(url, 'request'))
  const heard = await listening(url)
  const { id } = await addedTo(stores)
  expect(await heard()).toBe(id)
  await keepsDecisions(stores, id)
  await keepsWhatIsLearned(stores, id)
  expect(await new LeaseStore(stores.redis, 'holder').acquire(id)).toBe(true)
  expect(await stores.accounts.epoch()).toBe(await stores.accounts.epoch())
  await carriesJobs(url, stores.redis, id)
  await stores.accounts.remove(id)
  await forgetAccount(stores.redis, id)
  expect(await stores.decisions.find(`${id}.1.1`)).toBeNull()
}

/** The next announcement of a changed account. */
async function listening(url: string): Promise<() => Promise<string>> {
  const subscriber = connected(url, 'worker')
  const heard = once(subscriber, 'message')
  await subscriber.subscribe('ww:accounts-changed')
  return async () => String((await heard)[1])
}

async function keepsDecisions({ decisions, positions, stats, status }: Stores, id: string): Promise<void> {
  const decision = decisionOn(id, 1)
  expect(await decisions.record(decision, 30)).toBe(true)
  await decisions.settle(decision, { mailbox: 'Noise', placeUid: 5, moved: true, settledAt: NOON + 20 })
  expect(await decisions.claim(decision, { uidValidity: '1', uid: 5 })).toBe(true)
  await decisions.relocate(decision, { mailbox: 'INBOX', uid: 9 }, 'reader')
  await decisions.markDecided(id, 7)
  await decisions.retain(id, 3650)
  expect(await decisions.find(decision.id)).toMatchObject({ mailbox: 'INBOX', moved: true, quotes: decision.quotes })
  expect(await decisions.page(id, null, 0, 5)).toEqual([{ id: decision.id, at: decision.decidedAt }])
  expect((await stats.day(id, '2026-03-01')).get('moved')).toBe(1)
  await positions.advance(id, { uidValidity: '1', doneUid: 1 })
  expect(await positions.decidedUids(id)).toEqual(new Set([7]))
  await status.set(id, { lastSyncAt: 5 })
  expect((await status.get(id)).lastSyncAt).toBe(5)
}

async function keepsWhatIsLearned({ counts, learning }: Stores, id: string): Promise<void> {
  const names = Array.from({ length: 600 }, (_, i) => `word ${i}`)
  const lesson = new Map(names.map((name) => [name, 1]))
  await counts.add(id, lesson)
  await learning.advance(id, 'sent', lesson, { uidValidity: '1', low: 1, high: 50, read: 50 }, 0)
  expect(await counts.read(id, names)).toEqual(new Map(names.map((name) => [name, 2])))
  await learning.restart(id)
  expect(await counts.read(id, names)).toEqual(new Map())
}

async function carriesJobs(url: string, redis: RedisClient, accountId: string): Promise<void> {
  const queues = new JobQueues(redis)
  const job: MessageJob = { accountId, mailbox: 'inbox', uidValidity: '1', uid: 3, announcedAt: 1, purpose: 'judge' }
  await queues.addMessages([job])
  const taken = new Promise<MessageJob>((resolve) => {
    const worker = new Worker(QUEUES.messages, async ({ data }) => resolve(data), {
      connection: connected(url, 'worker'),
      prefix: QUEUE_PREFIX,
    })
    worker.on('error', () => undefined)
    stops.push(() => worker.close(true))
  })
  expect(await taken).toEqual(job)
  for (const stop of stops.splice(0)) await stop()
  await queues.close()
}
const stops: (() => Promise<unknown>)[] = []

describe('one Redis', () => {
  let server: RedisServer
  let dir: string
  let tlsPort: number
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'worthwhile-redis-tls-'))
    const { caFile, certFile, keyFile } = await makeCertificates(dir)
    tlsPort = await freePort()
    const tls = ['--tls-port', String(tlsPort), '--tls-cert-file', certFile, '--tls-key-file', keyFile]
    const more = [
      '--tls-ca-cert-file',
      caFile,
      '--tls-auth-clients',
      'no',
      '--unixsocket',
      path.join(dir, 'redis.sock'),
    ]
    server = await startRedis({ password: 'pa:ss@word', args: [...tls, ...more] })
  })
  afterAll(async () => {
    await server.cleanup()
    await rm(dir, { recursive: true })
  })
  const password = encodeURIComponent('pa:ss@word')

  it('is used with a password, in a database of one’s own', async () => {
    await doesAllThatTheServiceNeeds(`redis://:${password}@127.0.0.1:${server.port}/3`)
    const other = connected(`redis://:${password}@127.0.0.1:${server.port}/0`, 'request')
    expect(await other.dbsize()).toBe(0)
  })

  it('is used with TLS and a private authority', async () => {
    await doesAllThatTheServiceNeeds(`rediss://:${password}@localhost:${tlsPort}/4?ca=${path.join(dir, 'ca.pem')}`)
  })

  it('is not trusted with TLS when nobody known vouches for it', async () => {
    const stores = storesOn(connected(`rediss://:${password}@localhost:${tlsPort}`, 'request'))
    await expect(stores.accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('refuses a wrong password, and nobody is told which one', async () => {
    const client = connected(`redis://:guessed-it@127.0.0.1:${server.port}`, 'request')
    const error = await storesOn(client)
      .accounts.list()
      .catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(String(error)).not.toContain('guessed-it')
  })

  it('says so when the authority’s file is gone', () => {
    expect(() => connectRedis('rediss://localhost?ca=/nowhere/ca.pem', 'request')).toThrow(
      'REDIS_URL names a ca file that cannot be read (ENOENT)',
    )
  })
})

describe('a Redis on a unix socket', () => {
  it('is used like any other', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'worthwhile-redis-unix-'))
    const socket = path.join(dir, 'redis.sock')
    const server = await startRedis({ args: ['--unixsocket', socket] })
    await doesAllThatTheServiceNeeds(`unix://${socket}`).finally(() => server.cleanup())
    await rm(dir, { recursive: true })
  })
})

describe('a Redis that is away', () => {
  it('fails a request soon, and serves it again when it is back', async () => {
    const server = await startRedis()
    const stores = storesOn(connected(server.url, 'request'))
    const { id } = await addedTo(stores)
    await server.stop()
    const before = Date.now()
    await expect(stores.accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retry: true })
    expect(Date.now() - before).toBeLessThan(3_000)
    await server.start()
    expect(await untilAnswered(() => stores.accounts.find(id))).toMatchObject({ id })
    await server.cleanup()
  })

  it('fails a request when it accepts connections but answers nothing', async () => {
    const server = await startRedis()
    const stores = storesOn(connected(server.url, 'request'))
    await stores.accounts.list()
    server.pause()
    await expect(stores.accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    server.resume()
    await server.cleanup()
  })

  it('fails a request even when it was never there, for jobs as well', async () => {
    const client = connected(`redis://127.0.0.1:${await freePort()}`, 'request')
    await expect(storesOn(client).accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(new JobQueues(client).counts()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('fails a request when no node of a cluster was ever there', async () => {
    const client = connected(`cluster://127.0.0.1:${await freePort()}`, 'request')
    await expect(storesOn(client).accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

describe('a Redis with Sentinel', () => {
  let master: RedisServer
  let replica: RedisServer
  let sentinel: Sentinel
  beforeAll(async () => {
    master = await startRedis({
      password: 'secret',
      args: ['--masterauth', 'secret', '--repl-diskless-sync-delay', '0'],
    })
    replica = await startRedis({
      password: 'secret',
      args: ['--masterauth', 'secret', '--replicaof', '127.0.0.1', String(master.port)],
    })
    sentinel = await startSentinel(master)
  })
  afterAll(async () => {
    await sentinel.stop()
    await master.cleanup()
    await replica.cleanup()
  })

  it('is found through its sentinels, and again after a failover', async () => {
    const url = `sentinel://:secret@127.0.0.1:${sentinel.port}/thehouse`
    await doesAllThatTheServiceNeeds(url)
    const stores = storesOn(connected(url, 'request'))
    const { id } = await addedTo(stores)
    await sentinel.failover(replica.port)
    expect(await untilAnswered(() => stores.accounts.find(id))).toMatchObject({ id })
    await untilAnswered(() => doesAllThatTheServiceNeeds(url))
  })
})

interface Sentinel {
  readonly port: number
  readonly stop: () => Promise<void>
  /** Makes the replica the master; resolves when the sentinel says that it is. */
  readonly failover: (replicaPort: number) => Promise<void>
}

async function startSentinel(master: RedisServer): Promise<Sentinel> {
  const dir = await mkdtemp(path.join(tmpdir(), 'worthwhile-sentinel-'))
  const port = await freePort()
  const config = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor thehouse 127.0.0.1 ${master.port} 1`,
    'sentinel auth-pass thehouse secret',
    'sentinel down-after-milliseconds thehouse 2000',
    'sentinel failover-timeout thehouse 10000',
  ]
  await writeFile(path.join(dir, 'sentinel.conf'), `${config.join('\n')}\n`)
  const command = ['--pdeathsig', 'KILL', requireProgram('redis-server'), path.join(dir, 'sentinel.conf'), '--sentinel']
  const child = spawn('setpriv', command, { stdio: 'ignore' })
  const ask = (...args: string[]) => run('redis-cli', ['-p', String(port), ...args]).then(({ stdout }) => stdout)
  await untilAnswered(async () => knowsReplica(await ask('sentinel', 'replicas', 'thehouse')))
  return {
    port,
    stop: () => end(child, dir),
    failover: async (replicaPort) => {
      await ask('sentinel', 'failover', 'thehouse')
      const isMaster = async () => {
        const found = await ask('sentinel', 'get-master-addr-by-name', 'thehouse')
        if (!found.includes(String(replicaPort))) throw new Error(`still ${found}`)
      }
      await untilAnswered(isMaster)
    },
  }
}

function knowsReplica(replicas: string): void {
  if (!/master-link-status\s+ok/.test(replicas)) throw new Error('no replica yet')
}

async function end(child: ChildProcess, dir: string): Promise<void> {
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
  await rm(dir, { recursive: true, force: true })
}

describe('a Redis Cluster', () => {
  let nodes: RedisServer[]
  beforeAll(async () => {
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--masterauth', 'secret']
    nodes = await Promise.all([1, 2, 3].map(() => startRedis({ password: 'secret', args })))
    const places = nodes.map(({ port }) => `127.0.0.1:${port}`)
    await run('redis-cli', ['-a', 'secret', '--cluster', 'create', ...places, '--cluster-yes'])
    await untilAnswered(async () => {
      const { stdout } = await run('redis-cli', ['-a', 'secret', '-p', String(nodes[2]?.port), 'cluster', 'info'])
      if (!stdout.includes('cluster_state:ok')) throw new Error(stdout)
    })
  })
  afterAll(() => Promise.all(nodes.map((node) => node.cleanup())))

  const url = () => `cluster://:secret@${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`

  it('is used node by node: what belongs together lies together', async () => {
    // Ids by chance lie on all nodes, whichever they are.
    for (let i = 0; i < 6; i++) await doesAllThatTheServiceNeeds(url())
  })

  it('is forgotten on every node, account by account', async () => {
    const stores = storesOn(connected(url(), 'request'))
    const accounts = await Promise.all(Array.from({ length: 9 }, () => addedTo(stores)))
    for (const { id } of accounts) await stores.decisions.record(decisionOn(id, 1), 30)
    const [kept, ...others] = accounts
    for (const { id } of others) {
      await stores.accounts.remove(id)
      await forgetAccount(stores.redis, id)
    }
    const found = await Promise.all(nodes.map((node) => connected(node.url, 'request').keys('ww:{a*')))
    expect(found.flat().filter((name) => !name.includes(`{${kept?.id}}`))).toEqual([])
    expect(await stores.accounts.list()).toEqual([kept])
  })
})

/** Tries again until there is an answer, for at most 20 s. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(100)
    }
  }
}
