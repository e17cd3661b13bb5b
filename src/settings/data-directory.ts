import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorthwhileError } from '../errors.ts'
import { hashToken, newSecret } from '../secrets.ts'

const LOCK = 'service.pid'

/** The directory that holds what must survive a restart: the embedded Redis' data, and secrets nobody set. */
export class DataDirectory {
  readonly path: string

  /** Makes the directory when there is none. Throws SETTINGS_INVALID when that is not possible. */
  constructor(path: string) {
    this.path = path
    this.#attempt(() => mkdirSync(path, { recursive: true, mode: 0o700 }))
  }

  /** The secret that encrypts credentials, made at first use and readable by its owner only. */
  secretKey(): string {
    const { value } = this.#readOrMake('secret.key', newSecret)
    return this.#expect('secret.key', /^\S{16,}$/, value)
  }

  /** Hash of the admin token; the token itself is in the answer only when it was made just now. */
  adminToken(): { hash: string; made?: string } {
    const token = newSecret()
    const { value, isNew } = this.#readOrMake('admin-token.sha256', () => hashToken(token))
    const hash = this.#expect('admin-token.sha256', /^[0-9a-f]{64}$/, value)
    return isNew ? { hash, made: token } : { hash }
  }

  /** Makes sure that one service at a time uses this directory; throws SETTINGS_INVALID. Returns how to let go. */
  lock(): () => void {
    const me = processMark(process.pid)
    const holder = this.#create(LOCK, me) ? null : this.#read(LOCK)
    if (holder !== null) {
      if (isRunning(holder)) throw this.#inUse(holder)
      rmSync(join(this.path, LOCK), { force: true })
      if (!this.#create(LOCK, me)) throw this.#inUse(this.#read(LOCK) ?? '')
    }
    return () => {
      if (this.#read(LOCK) === me) rmSync(join(this.path, LOCK), { force: true })
    }
  }

  #inUse(holder: string): WorthwhileError {
    const text = `The data directory ${this.path} is in use by process ${holder.split(' ')[0]}.`
    return new WorthwhileError('SETTINGS_INVALID', `${text} Stop it, or set WORTHWHILE_DATA_DIR to another directory.`)
  }

  /** When two processes make the same file at once, both get what the first one wrote. */
  #readOrMake(name: string, make: () => string): { value: string; isNew: boolean } {
    const found = this.#read(name)
    if (found !== null) return { value: found, isNew: false }
    const value = make()
    if (this.#create(name, value)) return { value, isNew: true }
    return { value: this.#read(name) ?? '', isNew: false }
  }

  #read(name: string): string | null {
    return this.#attempt(() => {
      try {
        return readFileSync(join(this.path, name), 'utf8').trim()
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    })
  }

  /** Creates a file whole, readable by its owner only; false when it exists. */
  #create(name: string, content: string): boolean {
    const unfinished = join(this.path, `.${name}.${process.pid}.${newSecret().slice(0, 8)}`)
    return this.#attempt(() => {
      try {
        writeFileSync(unfinished, `${content}\n`, { mode: 0o600, flag: 'wx', flush: true })
        linkSync(unfinished, join(this.path, name))
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        rmSync(unfinished, { force: true })
      }
    })
  }

  #expect(name: string, shape: RegExp, value: string): string {
    if (shape.test(value)) return value
    const text = `${join(this.path, name)} is damaged. Restore it from a backup, or remove it to have a new one made`
    const loss = name === 'secret.key' ? ' (passwords stored before can then no longer be read).' : '.'
    throw new WorthwhileError('SETTINGS_INVALID', text + loss)
  }

  #attempt<T>(act: () => T): T {
    try {
      return act()
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      const text = `The data directory ${this.path} cannot be used (${code}). Make it writable for this user, or set WORTHWHILE_DATA_DIR to another one.`
      throw new WorthwhileError('SETTINGS_INVALID', text, { cause })
    }
  }
}

/** A process id and, where the system tells, when the process began: ids are used again, in containers at once. */
function processMark(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 22, counted from the state after the name in parentheses, which may hold anything (proc(5)).
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return String(pid)
  }
}

/** Whether the process that left this mark still runs. */
function isRunning(mark: string): boolean {
  const pid = Number(mark.split(' ')[0])
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return !mark.includes(' ') || processMark(pid) === mark
}
