import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../src/demo/free-port.ts'
import { requireProgram } from '../../../src/setup/programs.mjs'
import { forgetAccount } from '../../../src/store/forget.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, decisionOn, storesOn } from './arrangement.ts'
import { connected, disconnectAll, doesAllThatTheServiceNeeds, untilAnswered } from './needs.ts'

const run = promisify(execFile)

afterEach(disconnectAll)

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
