import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { EmbeddedRedis } from '../../src/embedded-redis.ts'
import { createLogger } from '../../src/logger.ts'
import { connectRedis, type RedisClient } from '../../src/store/redis.ts'

const root = mkdtempSync(join(tmpdir(), 'worthwhile-embedded-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const logger = createLogger('silent')

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

let directories = 0
const newDirectory = () => join(root, `data-${++directories}`)

async function started(directory: string): Promise<EmbeddedRedis> {
  const redis = new EmbeddedRedis(directory, logger)
  undo.push(() => redis.stop())
  await redis.start()
  return redis
}

function clientOf({ url }: { url: string }): RedisClient {
  const client = connectRedis(url, 'worker')
  client.on('error', () => undefined)
  undo.push(() => client.disconnect())
  return client
}

const infoOf = async (client: RedisClient, field: string) =>
  new RegExp(`^${field}:(.*)\r$`, 'm').exec(await client.info())?.[1]
const pidOf = async (client: RedisClient) => Number(await infoOf(client, 'process_id'))

/** Resolves when the process is gone. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await delay(10)
  }
}

describe('the embedded Redis', () => {
  it('listens on a unix socket for its own user only, and on no port', async () => {
    const directory = newDirectory()
    const redis = await started(directory)
    expect(redis.url).toBe(`unix://${directory}/redis/redis.sock`)
    expect(statSync(join(directory, 'redis')).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, 'redis', 'redis.sock')).mode & 0o777).toBe(0o700)
    expect(await infoOf(clientOf(redis), 'tcp_port')).toBe('0')
  })

  it('writes everything to an append-only file and never evicts', async () => {
    const client = clientOf(await started(newDirectory()))
    const names = ['appendonly', 'appendfsync', 'maxmemory-policy', 'save']
    const found = await Promise.all(names.map(async (name) => ((await client.config('GET', name)) as string[])[1]))
    expect(found).toEqual(['yes', 'everysec', 'noeviction', ''])
  })

  it('has its data again after a stop and a start', async () => {
    const directory = newDirectory()
    const first = await started(directory)
    const client = clientOf(first)
    const pid = await pidOf(client)
    await client.set('kept', 'yes')
    await first.stop()
    await gone(pid)
    expect(await clientOf(await started(directory)).get('kept')).toBe('yes')
  })

  it('is started again when it is killed, and clients go on with what was written', async () => {
    const client = clientOf(await started(newDirectory()))
    const pid = await pidOf(client)
    await client.set('kept', 'yes')
    // What is flushed to the disk every second survives the process in any case: the system has it.
    process.kill(pid, 'SIGKILL')
    expect(await client.get('kept')).toBe('yes')
    expect(await pidOf(client)).not.toBe(pid)
  })

  it('stays stopped, even in the pause before a new start', async () => {
    const redis = await started(newDirectory())
    const client = clientOf(redis)
    const pid = await pidOf(client)
    client.disconnect()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    undo.push(() => vi.useRealTimers())
    process.kill(pid, 'SIGKILL')
    while (vi.getTimerCount() === 0) await delay(5)
    await redis.stop()
    vi.runAllTimers()
    expect(await output('ps', ['-o', 'comm=', '--ppid', String(process.pid)])).not.toContain('redis-server')
  })

  it('may be stopped twice, and before it was started', async () => {
    const redis = new EmbeddedRedis(newDirectory(), logger)
    await redis.stop()
    const other = await started(newDirectory())
    await Promise.all([other.stop(), other.stop()])
  })

  it('is not ended by Ctrl-C in the terminal, which reaches the whole process group of the service', async () => {
    const pid = await pidOf(clientOf(await started(newDirectory())))
    const group = await output('ps', ['-o', 'pgid=', '-p', String(pid)])
    expect(Number(group)).toBe(pid)
  })
})

describe('what a killed service left behind', () => {
  /** A redis-server whose service was killed with SIGKILL. */
  async function orphanIn(directory: string): Promise<{ pid: number; client: RedisClient }> {
    const built = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../dist/src/${name}.js`, import.meta.url)))
    const script = `
      const { EmbeddedRedis } = await import(${built('embedded-redis')})
      const { createLogger } = await import(${built('logger')})
      const redis = new EmbeddedRedis(${JSON.stringify(directory)}, createLogger('silent'))
      await redis.start()
      process.stdout.write(redis.url)`
    const service = spawn(process.execPath, ['--input-type=module', '--eval', script])
    const [url] = await once(service.stdout, 'data')
    service.kill('SIGKILL')
    await once(service, 'close')
    const client = clientOf({ url: String(url) })
    const pid = await pidOf(client)
    undo.push(() => endProcess(pid))
    return { pid, client }
  }

  it('is ended, and its data are kept', async () => {
    const directory = newDirectory()
    const { pid, client } = await orphanIn(directory)
    await client.set('kept', 'yes')
    client.disconnect()
    const next = clientOf(await started(directory))
    expect(await pidOf(next)).not.toBe(pid)
    expect(await next.get('kept')).toBe('yes')
  })

  it('is found where the path of the data directory is too long for a socket', async () => {
    const directory = join(newDirectory(), 'x'.repeat(120))
    const { pid, client } = await orphanIn(directory)
    await client.set('kept', 'yes')
    client.disconnect()
    const next = await started(directory)
    expect(next.url.length).toBeLessThan(100)
    expect(await pidOf(clientOf(next))).not.toBe(pid)
    expect(await clientOf(next).get('kept')).toBe('yes')
  })

  it('is only a socket: that does no harm', async () => {
    const directory = newDirectory()
    const { pid, client } = await orphanIn(directory)
    client.disconnect()
    endProcess(pid)
    await gone(pid)
    expect(await clientOf(await started(directory)).ping()).toBe('PONG')
  })

  it('does not grow: a folder for a socket elsewhere goes with the stop', async () => {
    const directory = join(newDirectory(), 'x'.repeat(120))
    const redis = await started(directory)
    const folder = redis.url.slice('unix://'.length).replace(/\/redis\.sock$/, '')
    expect(existsSync(folder)).toBe(true)
    await redis.stop()
    expect(existsSync(folder)).toBe(false)
    expect(readdirSync(join(directory, 'redis'))).toEqual(['appendonlydir'])
  })
})

describe('an embedded Redis that cannot start', () => {
  it('says what to install when there is no redis-server', async () => {
    const path = process.env.PATH
    process.env.PATH = newDirectory()
    const redis = new EmbeddedRedis(newDirectory(), logger)
    await expect(redis.start()).rejects.toMatchObject({
      code: 'REDIS_FAILED',
      message:
        'redis-server did not start: install it (Debian: apt-get install redis-server), or set REDIS_URL to a running one.',
    })
    process.env.PATH = path
    await redis.stop()
  })

  it('says what redis-server said about data that it cannot read', async () => {
    const directory = newDirectory()
    await (await started(directory)).stop()
    writeFileSync(join(directory, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), 'no manifest\n')
    const redis = new EmbeddedRedis(directory, logger)
    await expect(redis.start()).rejects.toMatchObject({
      code: 'REDIS_FAILED',
      message: expect.stringMatching(/it ended at once and said: .*manifest/is),
    })
    await redis.stop()
  })
})

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // The test itself has seen to its end.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function output(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args)
    let text = ''
    child.stdout.on('data', (data) => {
      text += data
    })
    child.once('close', () => resolve(text.trim())).once('error', reject)
  })
}
