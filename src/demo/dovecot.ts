import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { requireProgram } from '../setup/programs.mjs'
import { makeCertificates } from './certificates.ts'
import { type DovecotSettings, dovecotConfig } from './dovecot-config.ts'
import { freePort, waitForGreeting } from './free-port.ts'

const run = promisify(execFile)
const startTimeoutMs = 20_000
const startAttempts = 3
/** Who owns the mail when the server runs as root: no such user has to exist. */
const mailOwner = { uid: 5000, gid: 5000 }

const basic = 'IMAP4rev1 SASL-IR ID ENABLE UNSELECT CHILDREN NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE LITERAL+'
const modern = 'CONDSTORE QRESYNC ESEARCH'

/** What a server may advertise (the commands themselves stay): Dovecot as it is, and with one or two things hidden. */
export const capabilityProfiles = {
  full: undefined,
  noIdle: `${basic} ${modern} UIDPLUS MOVE`,
  noMove: `${basic} ${modern} UIDPLUS IDLE`,
  noUidplus: `${basic} ${modern} MOVE IDLE`,
  /** Neither MOVE nor UIDPLUS. */
  neither: `${basic} ${modern} IDLE`,
} as const

export interface DovecotOptions {
  /** Passwords by user name. Default: one user `reader` with the password `secret`. */
  users?: Record<string, string>
  separator?: '/' | '.'
  prefix?: string
  /** Default `maildir`, which takes mail by file drop; `sdbox` moves ten times faster. */
  format?: 'maildir' | 'sdbox'
  profile?: keyof typeof capabilityProfiles
  /** Whom the certificate is for, when not for localhost and 127.0.0.1. */
  certificateFor?: string
  /** Further lines of Dovecot's own configuration, at the end. */
  extra?: string
}

/**
 * Starts a private Dovecot on free ports of 127.0.0.1 with all its files in a new temporary folder, and waits until it
 * greets. Works as root and as anybody else. Rejects with the install command when Dovecot is not installed.
 */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const executable = requireProgram('dovecot')
  const dir = await mkdtemp(path.join(os.tmpdir(), 'worthwhile-dovecot-'))
  const users = options.users ?? { reader: 'secret' }
  await layOut(dir, users)
  const { ca } = await makeCertificates(dir, options.certificateFor)
  for (let attempt = 1; ; attempt += 1) {
    const dovecot = new Dovecot(executable, await settingsFor(executable, dir, options), users, ca)
    try {
      await dovecot.start()
      return dovecot
    } catch (error) {
      await dovecot.kill()
      // Somebody else may have taken a port since it was found free.
      if (attempt < startAttempts && (await dovecot.log()).includes('Address already in use')) continue
      await dovecot.cleanup()
      throw error
    }
  }
}

async function layOut(dir: string, users: Record<string, string>): Promise<void> {
  const passwords = Object.entries(users).map(([user, password]) => `${user}:{PLAIN}${password}::::::\n`)
  await run('chmod', ['755', dir])
  await Promise.all(['run', 'state', 'mail'].map((name) => mkdir(path.join(dir, name))))
  await writeFile(path.join(dir, 'users'), passwords.join(''))
  if (process.getuid?.() === 0) await chown(path.join(dir, 'mail'), mailOwner.uid, mailOwner.gid)
}

async function settingsFor(executable: string, dir: string, options: DovecotOptions): Promise<DovecotSettings> {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()]
  const ports = { port: await freePort(), tlsPort: await freePort(), lmtpPort: await freePort() }
  return {
    version: await versionOf(executable),
    dir,
    ...ports,
    separator: options.separator ?? '/',
    prefix: options.prefix ?? '',
    format: options.format ?? 'maildir',
    capabilities: capabilityProfiles[options.profile ?? 'full'],
    extra: options.extra ?? '',
    owner: uid === 0 ? mailOwner : { uid, gid },
    unprivileged: uid === 0 ? undefined : { user: await nameOfSelf('-un'), group: await nameOfSelf('-gn') },
  }
}

async function versionOf(executable: string): Promise<'2.3' | '2.4'> {
  return (await run(executable, ['--version'])).stdout.startsWith('2.3') ? '2.3' : '2.4'
}

async function nameOfSelf(option: '-un' | '-gn'): Promise<string> {
  return (await run('id', [option])).stdout.trim()
}

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
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 })
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
