import { setTimeout as delay } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { AccountView, DecisionView } from '../../src/api/schemas.ts'
import type { Dovecot } from '../../src/demo/dovecot.ts'

export type Decision = Static<typeof DecisionView>
export type AccountSeen = Static<typeof AccountView>

/** Any client of the HTTP contract: knows an address and a token, nothing of the inside. */
export class ServiceClient {
  readonly address: string
  readonly token: string

  constructor(address: string, token: string) {
    this.address = address
    this.token = token
  }

  async request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const headers = { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const response = await fetch(this.address + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }

  /** The body of an answer that must have the status. */
  async expect<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request(method, path, body)
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as T
  }

  /** Adds the mailbox of a test user, set to act; resolves when it is watched. */
  async protect(dovecot: Dovecot, user: string, over: Record<string, unknown> = {}): Promise<void> {
    const { host, port } = dovecot
    const imap = { host, port, security: 'none', user, password: dovecot.users[user] ?? '' }
    await this.expect(201, 'POST', '/v1/accounts', {
      id: user,
      imap,
      mode: 'act',
      addresses: [`${user}@example.com`],
      authservId: 'mx.example.com',
      ...over,
    })
    await this.watching(user)
  }

  async watching(id: string): Promise<AccountSeen> {
    return until(`account ${id} is watched`, async () => {
      const account = await this.account(id)
      return account.status === 'watching' ? account : undefined
    })
  }

  account(id: string): Promise<AccountSeen> {
    return this.expect<AccountSeen>(200, 'GET', `/v1/accounts/${id}`)
  }

  /** All decisions of an account, page by page. */
  async decisions(account: string): Promise<Decision[]> {
    const items: Decision[] = []
    for (let cursor = ''; ; ) {
      const path = `/v1/decisions?account=${account}&limit=100${cursor ? `&cursor=${cursor}` : ''}`
      const page = await this.expect<{ items: Decision[]; nextCursor?: string }>(200, 'GET', path)
      items.push(...page.items)
      if (!page.nextCursor) return items
      cursor = page.nextCursor
    }
  }

  /** Resolves with the decisions as soon as there are `n` and all are settled. */
  async settled(account: string, n: number, timeoutMs = 60_000): Promise<Decision[]> {
    let seen = 0
    return until(
      () => `${n} settled decisions (${seen} so far)`,
      async () => {
        const done = (await this.decisions(account)).filter(({ latencyMs }) => latencyMs !== null)
        seen = done.length
        return seen >= n ? done : undefined
      },
      timeoutMs,
    )
  }

  /**
   * Resolves with the decisions on these messages as soon as each has a settled one. After the loss of the store there may
   * be nameless ones besides: of messages that left INBOX at that very moment.
   */
  async settledOn(account: string, messageIds: readonly string[], timeoutMs: number): Promise<Decision[]> {
    const wanted = new Set(messageIds)
    return until(
      `a decision on each of ${wanted.size} messages`,
      async () => {
        const found = (await this.decisions(account)).filter(({ messageId }) => wanted.has(`<${messageId}>`))
        const settled = found.filter(({ latencyMs }) => latencyMs !== null)
        return new Set(settled.map(({ messageId }) => messageId)).size === wanted.size ? found : undefined
      },
      timeoutMs,
    )
  }
}

const LOOK_AGAIN_MS = 50

/** Looks again and again until there is an answer; fails with what it waited for when there is none in time. */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  let lastError: unknown
  while (Date.now() < deadline) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      lastError = error
    }
    await delay(LOOK_AGAIN_MS)
  }
  throw new Error(`waited ${timeoutMs / 1000} s in vain: ${typeof what === 'string' ? what : what()}`, {
    cause: lastError,
  })
}
