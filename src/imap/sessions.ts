import { createHash } from 'node:crypto'
import type { Account } from '../account.ts'
import { asWorthwhileError, type WorthwhileError } from '../errors.ts'
import { AUTH_RETRY_MIN_MS, WORKER_CONNECTION_IDLE_MS } from '../limits.ts'
import { answered, connectImap, type ImapClient } from './connect.ts'
import { findMailboxes, type Mailboxes } from './mailboxes.ts'

/** A worker's connection to one account. */
export interface ImapSession {
  readonly client: ImapClient
  readonly mailboxes: Mailboxes
}

interface Held {
  /** Digest of everything that a login depends on. */
  readonly login: string
  readonly session: Promise<ImapSession>
  timer?: NodeJS.Timeout
}

/** One connection an account, shared by the jobs of a worker process, opened when needed and closed when idle. */
export class SessionPool {
  readonly #password: (accountId: string) => Promise<string>
  readonly #idleMs: number
  readonly #held = new Map<string, Held>()
  /** Logins that were refused, and until when they are not tried again: quick retries lock accounts. */
  readonly #refused = new Map<string, { readonly error: WorthwhileError; readonly until: number }>()

  /** @param idleMs after which an unused connection is closed */
  constructor(password: (accountId: string) => Promise<string>, idleMs = WORKER_CONNECTION_IDLE_MS) {
    this.#password = password
    this.#idleMs = idleMs
  }

  /** Throws IMAP_AUTH, IMAP_TLS, IMAP_CONNECTION, IMAP_REFUSED. */
  async open(account: Account): Promise<ImapSession> {
    const password = await this.#password(account.id)
    const login = digestOf([account.imap, account.mailboxes, password])
    const refused = this.#refused.get(login)
    if (refused && Date.now() < refused.until) throw refused.error
    let held = this.#held.get(account.id)
    if (!held || held.login !== login) {
      this.#drop(account.id)
      held = { login, session: this.#connect(account, password) }
      this.#held.set(account.id, held)
    }
    this.#keepFor(account.id, held)
    return this.#alive(account, held)
  }

  async close(): Promise<void> {
    const ids = [...this.#held.keys()]
    await Promise.all(ids.map((id) => this.#drop(id)))
  }

  #rememberRefusal(account: Account, password: string, thrown: unknown): never {
    const error = asWorthwhileError(thrown)
    const login = digestOf([account.imap, account.mailboxes, password])
    if (error.code === 'IMAP_AUTH') this.#refused.set(login, { error, until: Date.now() + AUTH_RETRY_MIN_MS })
    throw error
  }

  async #connect(account: Account, password: string): Promise<ImapSession> {
    const client = await connectImap(account.imap, password).catch((error) =>
      this.#rememberRefusal(account, password, error),
    )
    client.once('close', () => this.#forget(account.id, client))
    try {
      return { client, mailboxes: await findMailboxes(client, account) }
    } catch (error) {
      client.close()
      throw error
    }
  }

  async #alive(account: Account, held: Held): Promise<ImapSession> {
    try {
      const session = await held.session
      if (session.client.usable) return session
    } catch (error) {
      if (this.#held.get(account.id) === held) this.#held.delete(account.id)
      clearTimeout(held.timer)
      throw error
    }
    if (this.#held.get(account.id) === held) this.#held.delete(account.id)
    return this.open(account)
  }

  #keepFor(id: string, held: Held): void {
    clearTimeout(held.timer)
    held.timer = setTimeout(() => this.#drop(id), this.#idleMs).unref()
  }

  #forget(id: string, client: ImapClient): void {
    const held = this.#held.get(id)
    if (!held) return
    const compare = (session: ImapSession) => {
      if (session.client !== client || this.#held.get(id) !== held) return
      clearTimeout(held.timer)
      this.#held.delete(id)
    }
    // A session that failed to open is removed by whoever waits for it.
    held.session.then(compare, () => undefined)
  }

  async #drop(id: string): Promise<void> {
    const held = this.#held.get(id)
    if (!held) return
    clearTimeout(held.timer)
    this.#held.delete(id)
    const session = await held.session.catch(() => null)
    if (session) await logout(session.client)
  }
}

function digestOf(login: unknown): string {
  return createHash('sha256').update(JSON.stringify(login)).digest('hex')
}

/** Says goodbye to the server; a connection that cannot is closed all the same. */
export async function logout(client: ImapClient): Promise<void> {
  if (!client.usable) return client.close()
  await answered(client, 'LOGOUT', client.logout(), 2_000).catch(() => client.close())
}
