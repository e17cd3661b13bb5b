import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { WorthwhileError } from './errors.ts'

/** Keys derived from the one secret of the installation, one for each purpose. */
export class Secrets {
  readonly #encryption: Buffer
  readonly #naming: Buffer

  /** @param secret at least 16 characters, from WORTHWHILE_SECRET_KEY or the data directory */
  constructor(secret: string) {
    const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'worthwhile', purpose, 32))
    this.#encryption = derive('credentials')
    this.#naming = derive('counter names')
  }

  /** AES-256-GCM; `context` (e.g. the account id) is authenticated, so a value cannot be moved to another account. */
  seal(plain: string, context: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#encryption, iv).setAAD(Buffer.from(context))
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
  }

  /** Inverse of `seal`. Throws CREDENTIAL_UNREADABLE when the key is another one or the value was changed. */
  open(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed, 'base64')
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#encryption, bytes.subarray(0, 12))
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    } catch (cause) {
      const message = `The stored password of ${context} cannot be decrypted: WORTHWHILE_SECRET_KEY differs from the one it was stored with.`
      throw new WorthwhileError('CREDENTIAL_UNREADABLE', message, { cause })
    }
  }

  /** 12 bytes that stand for a name (an address, a word, a Message-ID) without telling it. */
  hashName(name: string, context: string): Buffer {
    return createHmac('sha256', this.#naming).update(context).update('\0').update(name).digest().subarray(0, 12)
  }
}

/** What is kept of an API token: its SHA-256 in hex. Tokens are long random strings, so no salt or stretching is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Whether a token has this hash, compared in constant time. */
export function isToken(token: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(token), 'hex'), Buffer.from(hash, 'hex'))
}

/** A fresh URL-safe secret of 32 random bytes. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
