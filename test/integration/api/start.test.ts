import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../src/demo/free-port.ts'
import { connectRedis } from '../../../src/store/redis.ts'
import { startRedis } from '../../servers/redis.ts'

const root = mkdtempSync(join(tmpdir(), 'worthwhile-start-'))
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const newFolder = () => join(root, `data-${++folders}`)

/** A process of the service as an administrator starts it, in a process group of its own. */
class Started {
  readonly child: ChildProcess
  output = ''
  readonly ended: Promise<number | null>

  constructor(role: string, env: Record<string, string>) {
    const program = fileURLToPath(new URL(`../../../dist/workers/${role}.js`, import.meta.url))
    this.child = spawn(process.execPath, ['--enable-source-maps', program], {
      env: { PATH: process.env.PATH ?? '', ...env },
      detached: true,
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (text) => {
        this.output += text
      })
    this.ended = once(this.child, 'close').then(([code]) => code)
    undo.push(() => this.#end())
  }

  /** As Ctrl-C in a terminal does: the signal reaches every process of the group. */
  interrupt(): Promise<number | null> {
    process.kill(-(this.child.pid ?? 0), 'SIGINT')
    return this.ended
  }

  async #end(): Promise<void> {
    this.child.kill('SIGTERM')
    await this.ended
  }

  /** Resolves when the output holds this; fails when the process ends without. */
  async says(text: string): Promise<void> {
    const over = this.ended.then(() => true)
    while (!this.output.includes(text)) {
      if ((await Promise.race([over, delay(20)])) === true && !this.output.includes(text))
        throw new Error(`it ended and said:\n${this.output}`)
    }
  }
}

async function service(over: Record<string, string> = {}): Promise<Started & { readonly url: string }> {
  const port = await freePort()
  const env = { PORT: String(port), WORTHWHILE_DATA_DIR: newFolder(), ...over }
  return Object.assign(new Started('service', env), { url: `http://127.0.0.1:${env.PORT}` })
}

const statusOf = (url: string, token?: string) =>
  fetch(url, token ? { headers: { authorization: `Bearer ${token}` } } : {}).then(({ status }) => status)

/** Nobody answers on the socket of this data directory's own Redis. */
async function expectNoRedisIn(dataDir: string): Promise<void> {
  const client = connectRedis(`unix://${dataDir}/redis/redis.sock`, 'request')
  client.on('error', () => undefined)
  await expect(client.ping()).rejects.toThrow()
  client.disconnect()
}

describe('the service', () => {
  it('makes an admin token at its first start, shows it once, and takes it ever after', async () => {
    const WORTHWHILE_DATA_DIR = newFolder()
    const first = await service({ WORTHWHILE_DATA_DIR })
    await first.says('the poller runs')
    const [, token = ''] = /Admin token \(shown once, keep it\): (\S+)\n/.exec(first.output) ?? []
    expect(await statusOf(`${first.url}/v1/accounts`, token)).toBe(200)
    expect(await first.interrupt()).toBe(0)
    const second = await service({ WORTHWHILE_DATA_DIR })
    await second.says('the poller runs')
    expect(second.output).not.toContain('Admin token')
    expect(await statusOf(`${second.url}/v1/accounts`, token)).toBe(200)
    expect(await statusOf(`${second.url}/v1/accounts`, `${token}x`)).toBe(401)
  })

  it('stops in order at Ctrl-C, its Redis last, and leaves no lock', async () => {
    const dataDir = newFolder()
    const started = await service({ WORTHWHILE_DATA_DIR: dataDir })
    await started.says('the poller runs')
    expect(await started.interrupt()).toBe(0)
    expect(started.output).not.toMatch(/"level":(50|60)/)
    await expectNoRedisIn(dataDir)
    expect(existsSync(join(dataDir, 'service.pid'))).toBe(false)
  })

  it('prints nothing but its log and the token: no warnings of the runtime', async () => {
    const started = await service({ WORTHWHILE_ADMIN_TOKEN: 'a-token-of-some-length' })
    await started.says('the poller runs')
    for (const line of started.output.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: 30 })
  })

  it('refuses a data directory that another service uses, which goes on', async () => {
    const WORTHWHILE_DATA_DIR = newFolder()
    const first = await service({ WORTHWHILE_DATA_DIR })
    await first.says('the poller runs')
    const second = await service({ WORTHWHILE_DATA_DIR })
    expect(await second.ended).toBe(1)
    expect(second.output).toBe(
      `SETTINGS_INVALID: The data directory ${WORTHWHILE_DATA_DIR} is in use by process ${first.child.pid}. Stop it, or set WORTHWHILE_DATA_DIR to another directory.\n`,
    )
    expect(await statusOf(`${first.url}/readyz`)).toBe(200)
  })

  it('takes over from one that was killed with SIGKILL', async () => {
    const WORTHWHILE_DATA_DIR = newFolder()
    const WORTHWHILE_ADMIN_TOKEN = 'a-token-of-some-length'
    const first = await service({ WORTHWHILE_DATA_DIR, WORTHWHILE_ADMIN_TOKEN })
    await first.says('the poller runs')
    first.child.kill('SIGKILL')
    await first.ended
    const second = await service({ WORTHWHILE_DATA_DIR, WORTHWHILE_ADMIN_TOKEN })
    await second.says('the poller runs')
    expect(await statusOf(`${second.url}/readyz`)).toBe(200)
  })
})

describe('a service that cannot start says why, ends with 1, and leaves nothing running', () => {
  it('when settings are wrong', async () => {
    const started = new Started('service', { PORT: 'eighty', WORTHWHILE_COLOUR: 'blue' })
    expect(await started.ended).toBe(1)
    expect(started.output).toMatch(
      /^SETTINGS_INVALID: 2 invalid setting\(s\):\n {2}- WORTHWHILE_COLOUR is .*\n {2}- PORT must/,
    )
  })

  it('when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    undo.push(() => taken.close())
    const { port } = taken.address() as { port: number }
    const WORTHWHILE_DATA_DIR = newFolder()
    const started = await service({ WORTHWHILE_DATA_DIR, PORT: String(port), LOG_LEVEL: 'silent' })
    expect(await started.ended).toBe(1)
    expect(started.output).toContain(
      `SETTINGS_INVALID: HOST and PORT: nothing can listen on 127.0.0.1, port ${port} (EADDRINUSE)`,
    )
    await expectNoRedisIn(WORTHWHILE_DATA_DIR)
    expect(existsSync(join(WORTHWHILE_DATA_DIR, 'service.pid'))).toBe(false)
  })

  it('when its secret is damaged', async () => {
    const WORTHWHILE_DATA_DIR = newFolder()
    await (await service({ WORTHWHILE_DATA_DIR })).says('the poller runs')
    for (const each of undo.splice(0).reverse()) await each()
    writeFileSync(join(WORTHWHILE_DATA_DIR, 'secret.key'), '')
    const started = await service({ WORTHWHILE_DATA_DIR })
    expect(await started.ended).toBe(1)
    expect(started.output).toContain('secret.key is damaged')
    await expectNoRedisIn(WORTHWHILE_DATA_DIR)
  })

  it.each(['api', 'poller', 'classifier'])('when the role %s has no Redis to share', async (role) => {
    const started = new Started(role, { WORTHWHILE_DATA_DIR: newFolder() })
    expect(await started.ended).toBe(1)
    expect(started.output).toMatch(/^SETTINGS_INVALID: REDIS_URL must be set/)
  })
})

describe('roles that start before their Redis', () => {
  const accounts = `
accounts:
  - { id: ada, imap: { host: 127.0.0.1, port: 1, security: none, user: ada, password: kept-secret } }
`

  it('wait for it, and then work; accounts of the settings file are added once by any number of pollers', async () => {
    const redis = await startRedis()
    undo.push(() => redis.cleanup())
    await redis.stop()
    const config = join(root, 'accounts.yaml')
    writeFileSync(config, accounts)
    const token = 'a-token-of-some-length'
    const port = String(await freePort())
    const env = {
      REDIS_URL: redis.url,
      PORT: port,
      WORTHWHILE_CONFIG: config,
      WORTHWHILE_ADMIN_TOKEN: token,
      WORTHWHILE_SECRET_KEY: 'a-secret-of-some-length',
      WORTHWHILE_DATA_DIR: newFolder(),
    }
    const [api, ...pollers] = ['api', 'poller', 'poller', 'poller'].map((role) => new Started(role, env))
    await api?.says('the API listens')
    expect(await statusOf(`http://127.0.0.1:${port}/healthz`)).toBe(200)
    expect(await statusOf(`http://127.0.0.1:${port}/readyz`)).toBe(503)
    await redis.start()
    await Promise.all(pollers.map((poller) => poller.says('the poller runs')))
    while ((await statusOf(`http://127.0.0.1:${port}/readyz`)) !== 200) await delay(20)
    expect(await statusOf(`http://127.0.0.1:${port}/v1/accounts/ada`, token)).toBe(200)
    const output = pollers.map((poller) => poller.output).join('')
    expect(output.match(/an account of the settings file was added/g)).toHaveLength(1)
    expect(output).not.toContain('kept-secret')
  })
})
