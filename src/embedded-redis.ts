import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { WorthwhileError } from './errors.ts'
import type { Logger } from './logger.ts'

/** Longest path of a unix socket on Linux (sun_path), less some room. */
const MAX_SOCKET_PATH = 100
/** Loading takes about a second for 100 MB of append-only file. */
const START_TIMEOUT_MS = 120_000
const RESTART_PAUSE_MS = 500
const STOP_TIMEOUT_MS = 10_000
/** One try at an answer while it starts; a frozen one must not hold the start up for ever. */
const ANSWER_TIMEOUT_MS = 2_000
/** Characters of what redis-server printed that are kept for the case that it ends. */
const LAST_WORDS = 1_000
/** File in the data directory that names a socket outside it. */
const FAR_SOCKET = 'socket-path'

/** The service's own redis-server: on a unix socket in the data directory, append-only, never evicting. */
export class EmbeddedRedis {
  readonly url: string
  readonly #directory: string
  readonly #socket: string
  readonly #logger: Logger
  #child: ChildProcess | null = null
  #stopping = false
  #lastWords = ''

  constructor(dataDir: string, logger: Logger) {
    this.#directory = resolve(dataDir, 'redis')
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    this.#socket = socketFor(this.#directory)
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
    if (child && isAlive(child)) await endOf(child)
    removeFarSocket(this.#directory, this.#socket)
  }

  #spawn(): void {
    // A process group of its own: Ctrl-C in a terminal must reach the service only, which stops its Redis last.
    const child = spawn('redis-server', this.#arguments(), { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#child = child
    this.#lastWords = ''
    let failure: unknown
    child.once('error', (error) => {
      failure = error
    })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => this.#listen(text))
    child.once('close', (code, signal) => {
      if (this.#stopping) return
      const said = this.#lastWords
      this.#logger.error({ code, signal, err: failure, said }, 'redis-server ended; it is started again')
      setTimeout(() => !this.#stopping && this.#spawn(), RESTART_PAUSE_MS)
    })
  }

  #listen(text: Buffer): void {
    this.#lastWords = `${this.#lastWords}${text}`.slice(-LAST_WORDS)
    this.#logger.debug({ redis: text.toString().trim() }, 'redis-server')
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
      loglevel: 'warning',
    }
    return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  }

  async #ready(): Promise<void> {
    const until = Date.now() + START_TIMEOUT_MS
    while (this.#child?.pid !== undefined) {
      if ((await this.#ask((redis) => redis.ping())) === 'PONG') return
      if (!isAlive(this.#child)) throw failed(`it ended at once and said: ${this.#lastWords.trim()}`)
      if (Date.now() > until) throw failed(`it did not answer within ${START_TIMEOUT_MS / 1000} s`)
      await delay(20)
    }
    throw failed('install it (Debian: apt-get install redis-server), or set REDIS_URL to a running one')
  }

  /** A service killed hard leaves its redis-server behind, with the data: it must end before a new one opens them. */
  async #endOrphan(): Promise<void> {
    if (!(await isListening(this.#socket))) return
    this.#logger.warn('a redis-server of an earlier run is still there; it is ended')
    await this.#ask((redis) => redis.shutdown())
    const until = Date.now() + STOP_TIMEOUT_MS
    while (await isListening(this.#socket)) {
      if (Date.now() > until) throw failed(`one of an earlier run still uses ${this.#directory}; end it by hand`)
      await delay(50)
    }
  }

  /** The answer to one command on the socket; null when there is none yet. */
  async #ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | null> {
    const redis = new Redis({
      path: this.#socket,
      lazyConnect: true,
      // While it loads its data it refuses most commands, but not all.
      enableReadyCheck: false,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: ANSWER_TIMEOUT_MS,
      commandTimeout: ANSWER_TIMEOUT_MS,
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

/**
 * The socket in the data directory or, where its path would be too long, in a temporary folder that the data directory
 * names, so that a later run finds the redis-server of an earlier one.
 */
function socketFor(directory: string): string {
  const near = join(directory, 'redis.sock')
  if (near.length <= MAX_SOCKET_PATH) return near
  const note = join(directory, FAR_SOCKET)
  const known = existsSync(note) ? readFileSync(note, 'utf8') : ''
  if (known && existsSync(dirname(known))) return known
  const far = join(mkdtempSync(join(tmpdir(), 'worthwhile-')), 'redis.sock')
  writeFileSync(note, far, { mode: 0o600 })
  return far
}

function removeFarSocket(directory: string, socket: string): void {
  if (dirname(socket) === directory) return
  rmSync(dirname(socket), { recursive: true, force: true })
  rmSync(join(directory, FAR_SOCKET), { force: true })
}

function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false))
    connection.once('connect', () => connection.destroy())
  })
}

const isAlive = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null

/** Resolves when the process is gone, having written everything unless it took too long. */
async function endOf(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

const failed = (reason: string) => new WorthwhileError('REDIS_FAILED', `redis-server did not start: ${reason}.`)
