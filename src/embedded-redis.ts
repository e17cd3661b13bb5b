import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Redis } from 'ioredis'
import { WorthwhileError } from './errors.ts'
import type { Logger } from './logger.ts'

/** Longest path of a unix socket on Linux (sun_path), less some room. */
const MAX_SOCKET_PATH = 100
const START_TIMEOUT_MS = 15_000
const RESTART_PAUSE_MS = 500
const STOP_TIMEOUT_MS = 10_000

/** The service's own redis-server: on a unix socket in the data directory, append-only, never evicting. */
export class EmbeddedRedis {
  readonly url: string
  readonly #directory: string
  readonly #socket: string
  readonly #logger: Logger
  #child: ChildProcess | null = null
  #stopping = false

  constructor(dataDir: string, logger: Logger) {
    this.#directory = resolve(dataDir, 'redis')
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const socket = join(this.#directory, 'redis.sock')
    this.#socket =
      socket.length <= MAX_SOCKET_PATH ? socket : join(mkdtempSync(join(tmpdir(), 'worthwhile-')), 'redis.sock')
    this.url = `unix://${this.#socket}`
    this.#logger = logger
  }

  /** Resolves when it answers. Throws REDIS_FAILED. */
  async start(): Promise<void> {
    await this.#endOrphan()
    this.#spawn()
    await this.#ready()
  }

  /** Resolves when everything is on disk and the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }

  #spawn(): void {
    const child = spawn('redis-server', this.#arguments(), { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    let failure: unknown
    child.once('error', (error) => {
      failure = error
    })
    child.stderr?.on('data', (text: Buffer) => this.#logger.warn({ redis: text.toString().trim() }, 'redis-server'))
    child.once('close', (code, signal) => {
      if (this.#stopping) return
      this.#logger.error({ code, signal, err: failure }, 'redis-server ended; it is started again')
      setTimeout(() => !this.#stopping && this.#spawn(), RESTART_PAUSE_MS)
    })
  }

  #arguments(): string[] {
    const options = {
      port: '0',
      unixsocket: this.#socket,
      unixsocketperm: '700',
      dir: this.#directory,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
      daemonize: 'no',
    }
    return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  }

  async #ready(): Promise<void> {
    const until = Date.now() + START_TIMEOUT_MS
    while (Date.now() < until) {
      if (this.#child?.pid === undefined) break
      if (await this.#ask((redis) => redis.ping())) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const hint = 'Install it (Debian: apt-get install redis-server) or set REDIS_URL to a running one.'
    throw new WorthwhileError('REDIS_FAILED', `redis-server did not start. ${hint}`)
  }

  /** A service killed hard leaves its redis-server behind, with the data: it is asked to end before a new one opens them. */
  async #endOrphan(): Promise<void> {
    if (!(await this.#ask((redis) => redis.ping()))) return
    this.#logger.warn('a redis-server of an earlier run is still there; it is ended')
    await this.#ask((redis) => redis.shutdown())
    const until = Date.now() + STOP_TIMEOUT_MS
    while (Date.now() < until && (await this.#ask((redis) => redis.ping())))
      await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** The answer to one command on the socket; null when nobody answers. */
  async #ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | null> {
    const redis = new Redis({
      path: this.#socket,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    })
    redis.on('error', (err) => this.#logger.trace({ err }, 'nobody answers on the socket'))
    try {
      await redis.connect()
      return await command(redis)
    } catch (err) {
      this.#logger.trace({ err }, 'redis-server does not answer yet')
      return null
    } finally {
      redis.disconnect()
    }
  }
}
