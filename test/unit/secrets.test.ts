import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hashToken, isToken, newSecret, Secrets } from '../../src/secrets.ts'
import { DataDirectory } from '../../src/settings/data-directory.ts'

const secrets = new Secrets('the secret of this installation')
const coded = (code: string) => expect.objectContaining({ code })

describe('a sealed password', () => {
  it('is opened with the same key for the same account', () => {
    const sealed = secrets.seal('pässword ✓', 'ada')
    expect(secrets.open(sealed, 'ada')).toBe('pässword ✓')
    expect(new Secrets('the secret of this installation').open(sealed, 'ada')).toBe('pässword ✓')
  })

  it('shows neither the password nor that two are the same', () => {
    const sealed = secrets.seal('password', 'ada')
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('password')
    expect(secrets.seal('password', 'ada')).not.toBe(sealed)
  })

  it('cannot be opened for another account, with another key, or after a change of any byte', () => {
    const sealed = secrets.seal('password', 'ada')
    expect(() => secrets.open(sealed, 'eve')).toThrow(coded('CREDENTIAL_UNREADABLE'))
    expect(() => new Secrets('the secret of another one').open(sealed, 'ada')).toThrow(coded('CREDENTIAL_UNREADABLE'))
    const bytes = Buffer.from(sealed, 'base64')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => secrets.open(changed.toString('base64'), 'ada')).toThrow(coded('CREDENTIAL_UNREADABLE'))
    }
  })

  it('that was cut short or is no such thing says that the key may differ, and nothing of the password', () => {
    for (const broken of ['', 'x', secrets.seal('password', 'ada').slice(0, 20)])
      expect(() => secrets.open(broken, 'ada')).toThrow(/password of ada cannot be decrypted: WORTHWHILE_SECRET_KEY/)
  })
})

describe('a hashed name', () => {
  it('is 12 bytes, the same every time, and another one for another name, account or key', () => {
    const hash = secrets.hashName('ada@example.org', 'reader')
    expect(hash).toHaveLength(12)
    expect(secrets.hashName('ada@example.org', 'reader')).toEqual(hash)
    expect(secrets.hashName('ada@example.net', 'reader')).not.toEqual(hash)
    expect(secrets.hashName('ada@example.org', 'second')).not.toEqual(hash)
    expect(new Secrets('the secret of another one').hashName('ada@example.org', 'reader')).not.toEqual(hash)
  })

  it('cannot be had by moving letters between account and name', () => {
    expect(secrets.hashName('b', 'a')).not.toEqual(secrets.hashName('', 'ab'))
  })
})

describe('a token', () => {
  it('is long, random and safe in a URL', () => {
    expect(newSecret()).toMatch(/^[\w-]{43}$/)
    expect(newSecret()).not.toBe(newSecret())
  })

  it('is known by its hash only', () => {
    const token = newSecret()
    expect(hashToken(token)).toMatch(/^[0-9a-f]{64}$/)
    expect(isToken(token, hashToken(token))).toBe(true)
    expect(isToken(`${token}x`, hashToken(token))).toBe(false)
    expect(isToken('', hashToken(token))).toBe(false)
  })
})

describe('the data directory', () => {
  const root = mkdtempSync(join(tmpdir(), 'worthwhile-data-'))
  afterAll(() => rmSync(root, { recursive: true }))
  const fresh = () => join(root, newSecret())

  it('is made for its owner alone, with all folders above it', () => {
    const path = join(fresh(), 'a', 'b')
    expect(new DataDirectory(path).path).toBe(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  it('keeps a secret key in a file that only its owner reads', () => {
    const data = new DataDirectory(fresh())
    const key = data.secretKey()
    expect(key).toMatch(/^[\w-]{43}$/)
    expect(new DataDirectory(data.path).secretKey()).toBe(key)
    expect(statSync(join(data.path, 'secret.key')).mode & 0o777).toBe(0o600)
  })

  it('shows the admin token once and keeps its hash', () => {
    const data = new DataDirectory(fresh())
    const { hash, made = '' } = data.adminToken()
    expect(isToken(made, hash)).toBe(true)
    expect(data.adminToken()).toEqual({ hash })
    const files = readdirSync(data.path).map((name) => readFileSync(join(data.path, name), 'utf8'))
    expect(files.join()).not.toContain(made)
    expect(statSync(join(data.path, 'admin-token.sha256')).mode & 0o777).toBe(0o600)
  })

  it('leaves no unfinished file behind', () => {
    const data = new DataDirectory(fresh())
    data.secretKey()
    data.adminToken()
    data.lock()()
    expect(readdirSync(data.path).sort()).toEqual(['admin-token.sha256', 'secret.key'])
  })

  it('says which file is damaged rather than work with an empty secret', () => {
    const data = new DataDirectory(fresh())
    for (const name of ['secret.key', 'admin-token.sha256']) writeFileSync(join(data.path, name), '')
    expect(() => data.secretKey()).toThrow(/secret\.key is damaged/)
    expect(() => data.adminToken()).toThrow(/admin-token\.sha256 is damaged/)
  })

  it('says so when it cannot be used', () => {
    const file = fresh()
    writeFileSync(file, '')
    expect(() => new DataDirectory(join(file, 'data'))).toThrow(coded('SETTINGS_INVALID'))
    expect(() => new DataDirectory(join(file, 'data'))).toThrow(/cannot be used \(ENOTDIR\).*WORTHWHILE_DATA_DIR/)
  })

  it('says so when a file in it cannot be read', () => {
    const path = fresh()
    mkdirSync(join(path, 'secret.key'), { recursive: true })
    expect(() => new DataDirectory(path).secretKey()).toThrow(/cannot be used \(EISDIR\)/)
  })

  describe('while a service uses it', () => {
    const lockFile = (path: string) => join(path, 'service.pid')

    it('is refused to a second one, and free again afterwards', () => {
      const data = new DataDirectory(fresh())
      const unlock = data.lock()
      expect(() => new DataDirectory(data.path).lock()).toThrow(
        `is in use by process ${process.pid}. Stop it, or set WORTHWHILE_DATA_DIR to another directory.`,
      )
      unlock()
      expect(existsSync(lockFile(data.path))).toBe(false)
      new DataDirectory(data.path).lock()()
    })

    it('is refused as long as that process lives, even one of somebody else', () => {
      const data = new DataDirectory(fresh())
      writeFileSync(lockFile(data.path), '1')
      expect(() => data.lock()).toThrow(/in use by process 1\./)
    })
  })

  it.each([
    ['whose process is gone', '4194000 17'],
    ['whose process id belongs to a process that began later', `${process.pid} 17`],
    ['that was never written whole', ''],
    ['that is no lock', 'hello'],
  ])('is taken over with a lock %s', (_, mark) => {
    const data = new DataDirectory(fresh())
    writeFileSync(join(data.path, 'service.pid'), mark)
    const unlock = data.lock()
    expect(readFileSync(join(data.path, 'service.pid'), 'utf8')).toContain(String(process.pid))
    unlock()
  })

  it('is not freed by one that lost it', () => {
    const data = new DataDirectory(fresh())
    const unlock = data.lock()
    writeFileSync(join(data.path, 'service.pid'), '1 2')
    unlock()
    expect(existsSync(join(data.path, 'service.pid'))).toBe(true)
  })
})
