import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { type DovecotSettings, dovecotConfig } from './dovecot-config.ts'
import { waitForGreeting } from './free-port.ts'

const run = promisify(execFile)
const startTimeoutMs = 20_000

/** A running private Dovecot. */
export class Dovecot {
  readonly host = '127.0.0.1'
  /** Plain, with STARTTLS. */
  readonly port: number
  /** TLS from the first byte. */
  readonly tlsPort: number
  readonly lmtpPort: number
  readonly users: Readonly<Record<string, string>>
  /** The private authority's certificate (PEM). */
  readonly ca: string
  readonly dir: string
  readonly owner: { uid: number; gid: number }
  readonly #executable: string
  readonly #settings: DovecotSettings
  #master: ChildProcess | undefined
  #exited: Promise<unknown> = Promise.resolve()

  constructor(executable: string, settings: DovecotSettings, users: Record<string, string>, ca: string) {
    this.port = settings.port
    this.tlsPort = settings.tlsPort
    this.lmtpPort = settings.lmtpPort
    this.dir = settings.dir
    this.owner = settings.owner
    this.users = users
    this.ca = ca
    this.#executable = executable
    this.#settings = settings
  }

  /** Starts it (again) on the same ports with the same mail; resolves when IMAP and LMTP greet. */
  async start(): Promise<void> {
    await writeFile(this.#configFile, dovecotConfig(this.#settings))
    this.#master = this.#spawn()
    const gaveUp = new AbortController()
    const exited = this.#exited.then(() => gaveUp.abort())
    const greets = (port: number, greeting: string) => waitForGreeting(port, greeting, startTimeoutMs, gaveUp.signal)
    await Promise.all([greets(this.port, '* OK'), greets(this.lmtpPort, '220')])
    if (!gaveUp.signal.aborted) return
    await exited
    throw new Error(`Dovecot did not start:\n${(await this.log()).slice(-2000)}`)
  }

  /** Its own process group, so that Ctrl-C in the terminal leaves stopping to us; ends with its parent whatever happens. */
  #spawn(): ChildProcess {
    const command = ['--pdeathsig', 'TERM', this.#executable, '-F', '-c', this.#configFile]
    const log = openSync(this.#logFile, 'a')
    const child = spawn('setpriv', command, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    this.#exited = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
    return child
  }

  /** Ends it in order, as an administrator would. Sessions that are open may live on for some seconds. */
  async stop(): Promise<void> {
    this.#master?.kill('SIGTERM')
    await this.#exited
  }

  /** Ends the master and all its children with SIGKILL, in the middle of whatever they do. */
  async kill(): Promise<void> {
    const pid = this.#master?.pid
    if (pid !== undefined) killGroup(pid)
    await this.#exited
  }

  /** Stops it and starts it on the same ports. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Ends it for good (at once: an orderly stop waits a second for open sessions) and removes all its files. */
  async cleanup(): Promise<void> {
    await this.kill()
    await removeFolder(this.dir)
  }

  /** Runs `doveadm` on this server; resolves with what it printed. */
  async doveadm(...args: string[]): Promise<string> {
    return (await run('doveadm', ['-c', this.#configFile, ...args])).stdout
  }

  /** The folder of a user's INBOX when the format is maildir. */
  maildir(user: string): string {
    return path.join(this.dir, 'mail', user, 'Maildir')
  }

  /** All that the server logged so far. */
  async log(): Promise<string> {
    return readFile(this.#logFile, 'utf8')
  }

  get #logFile(): string {
    return path.join(this.dir, 'dovecot.log')
  }

  get #configFile(): string {
    return path.join(this.dir, 'dovecot.conf')
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: nobody of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Removes a server's folder, whose processes may just be ending. */
export function removeFolder(dir: string): Promise<void> {
  return rm(dir, { recursive: true, force: true, maxRetries: 5 })
}
