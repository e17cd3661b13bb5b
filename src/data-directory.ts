import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorthwhileError } from './errors.ts'
import { hashToken, newSecret } from './secrets.ts'

/** The directory that holds what must survive a restart: the embedded Redis' data, and secrets nobody set. */
export class DataDirectory {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }

  /** The secret that encrypts credentials, made at first use and readable by its owner only. */
  secretKey(): string {
    return this.#readOrMake('secret.key', newSecret).value
  }

  /** Hash of the admin token; the token itself is in the answer only when it was made just now. */
  adminToken(): { hash: string; made?: string } {
    const token = newSecret()
    const { value, isNew } = this.#readOrMake('admin-token.sha256', () => hashToken(token))
    return isNew ? { hash: value, made: token } : { hash: value }
  }

  #readOrMake(name: string, make: () => string): { value: string; isNew: boolean } {
    const file = join(this.path, name)
    if (existsSync(file)) return { value: readFileSync(file, 'utf8').trim(), isNew: false }
    const value = make()
    writeFileSync(file, `${value}\n`, { mode: 0o600, flag: 'wx' })
    return { value, isNew: true }
  }

  /** Makes sure that one service at a time uses this directory; throws SETTINGS_INVALID. Returns how to let go. */
  lock(): () => void {
    const file = join(this.path, 'service.pid')
    if (!this.#take(file)) {
      const pid = Number(readFileSync(file, 'utf8'))
      if (isRunning(pid))
        throw new WorthwhileError(
          'SETTINGS_INVALID',
          `The data directory ${this.path} is in use by process ${pid}. Stop it, or set WORTHWHILE_DATA_DIR to another directory.`,
        )
      rmSync(file)
      this.#take(file)
    }
    return () => rmSync(file, { force: true })
  }

  #take(file: string): boolean {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeFileSync(handle, String(process.pid))
      closeSync(handle)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
