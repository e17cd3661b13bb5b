import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { requireProgram } from '../setup/programs.mjs'
import { makeCertificates } from './certificates.ts'
import type { DovecotSettings } from './dovecot-config.ts'
import { Dovecot, removeFolder } from './dovecot-server.ts'
import { freePort } from './free-port.ts'

export type { Dovecot }

const run = promisify(execFile)
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
  try {
    return await startIn(dir, executable, options)
  } catch (error) {
    await removeFolder(dir)
    throw error
  }
}

async function startIn(dir: string, executable: string, options: DovecotOptions): Promise<Dovecot> {
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
      const isTaken = (await dovecot.log()).includes('Address already in use')
      if (!isTaken || attempt === startAttempts) throw error
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
