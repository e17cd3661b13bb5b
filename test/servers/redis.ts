import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../src/demo/free-port.ts'
import { requireProgram } from '../../src/setup/programs.mjs'

const startTimeoutMs = 10_000
const startAttempts = 3
const retryAfterMs = 5

export interface RedisOptions {
  /** Append-only persistence, flushed every second. Default true. */
  aof?: boolean
  password?: string
  /** Further arguments of redis-server. */
  args?: string[]
}

/** Starts a private redis-server on a free port of 127.0.0.1, with its data in a new temporary folder, and waits for it. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const executable = requireProgram('redis-server')
  const dir = await mkdtemp(path.join(os.tmpdir(), 'worthwhile-redis-'))
  for (let attempt = 1; ; attempt += 1) {
    const server = new RedisServer(executable, dir, await freePort(), options)
    try {
      await server.start()
      return server
    } catch (error) {
      await server.kill()
      // Somebody else may have taken the port since it was found free.
      if (attempt < startAttempts) continue
      await server.cleanup()
      throw error
    }
  }
}

/** A running private redis-server with `noeviction`. */
export class RedisServer {
  readonly dir: string
  readonly port: number
  readonly url: string
  readonly #executable: string
  readonly #args: string[]
  #child: ChildProcess | undefined
  #exited: Promise<unknown> = Promise.resolve()

  constructor(executable: string, dir: string, port: number, { aof = true, password, args = [] }: RedisOptions) {
    this.dir = dir
    this.port = port
    this.url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`
    this.#executable = executable
    const network = ['--bind', '127.0.0.1', '--port', String(port)]
    const data = ['--dir', dir, '--save', '', '--appendonly', aof ? 'yes' : 'no', '--maxmemory-policy', 'noeviction']
    this.#args = [...network, ...data, ...(password === undefined ? [] : ['--requirepass', password]), ...args]
  }

  /** Starts it (again) on the same port with the same data; resolves when it has loaded them. */
  async start(): Promise<void> {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', this.#executable, ...this.#args], { stdio: 'ignore' })
    this.#child = child
    this.#exited = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
    await this.#ready(child)
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + startTimeoutMs
    while (!(await answers(this.url))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      if (Date.now() > deadline) throw new Error(`redis-server did not answer within ${startTimeoutMs} ms`)
      await delay(retryAfterMs)
    }
  }

  /** Ends it in order: everything is written to the disk first. */
  stop(): Promise<unknown> {
    return this.#end('SIGTERM')
  }

  /** Ends it with SIGKILL. */
  kill(): Promise<unknown> {
    return this.#end('SIGKILL')
  }

  #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown> {
    // A stopped process takes SIGTERM only when it goes on.
    this.#child?.kill('SIGCONT')
    this.#child?.kill(signal)
    return this.#exited
  }

  /** Kills it and starts it again on the same port, with its data as they are on the disk. */
  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** Kills it and starts it again on the same port with no data at all. */
  async restartEmpty(): Promise<void> {
    await this.kill()
    await rm(path.join(this.dir, 'appendonlydir'), { recursive: true, force: true })
    await rm(path.join(this.dir, 'dump.rdb'), { force: true })
    await this.start()
  }

  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends it for good and removes its data. */
  async cleanup(): Promise<void> {
    await this.kill()
    await rm(this.dir, { recursive: true, force: true })
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}
