import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'
import { buildApi } from '../../../src/api/app.ts'
import type { Dovecot } from '../../../src/demo/dovecot.ts'
import { type Installation, install } from '../../../src/installation.ts'
import { createLogger } from '../../../src/logger.ts'
import { hashToken } from '../../../src/secrets.ts'
import { readSettings } from '../../../src/settings/config.ts'

export const TOKEN = 'the-token-of-the-administrator'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at field by field
  readonly body: any
}

/** The API over a real Redis, without a port. */
export class TestApi {
  readonly app: FastifyInstance
  readonly installation: Installation
  /** Everything logged so far, at every level. */
  readonly log: string[]
  readonly #folder: string

  private constructor(app: FastifyInstance, installation: Installation, log: string[], folder: string) {
    this.app = app
    this.installation = installation
    this.log = log
    this.#folder = folder
  }

  static async on(redisUrl: string): Promise<TestApi> {
    const log: string[] = []
    const folder = mkdtempSync(join(tmpdir(), 'worthwhile-api-'))
    const logger = createLogger('trace', { write: (line) => log.push(line) })
    const installation = install(readSettings({ WORTHWHILE_DATA_DIR: folder }), redisUrl, logger)
    const app = await buildApi({ ...installation, adminTokenHash: hashToken(TOKEN) })
    return new TestApi(app, installation, log, folder)
  }

  async close(): Promise<void> {
    await this.app.close()
    await this.installation.queues.close()
    this.installation.close()
    rmSync(this.#folder, { recursive: true })
  }

  /** Sends a request with the token; an object goes as JSON, a string or buffer as it is. */
  async send(
    method: Method,
    url: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const authorization = `Bearer ${TOKEN}`
    const response = await this.app.inject({
      method,
      url,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { payload: body }),
    })
    const isJson = /json/.test(String(response.headers['content-type']))
    return { status: response.statusCode, headers: response.headers, body: isJson ? response.json() : response.body }
  }

  get = (url: string) => this.send('GET', url)
  post = (url: string, body?: object | string, headers?: Record<string, string>) =>
    this.send('POST', url, body, headers)
  patch = (url: string, body: object) => this.send('PATCH', url, body)
  delete = (url: string) => this.send('DELETE', url)
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a client sends to add a user of a private Dovecot. */
export function imapOf(dovecot: Dovecot, user: string) {
  return { host: dovecot.host, port: dovecot.port, security: 'none', user, password: dovecot.users[user] ?? '' }
}

/** The answer is a problem (RFC 9457) with this status and code; returns its body. */
export function expectProblem({ status, headers, body }: Answer, expected: { status: number; code: string }) {
  expect({ status, code: body.code }).toEqual(expected)
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(body).toMatchObject({
    type: `urn:worthwhile:problem:${expected.code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.stringMatching(/./),
    detail: expect.stringMatching(/./),
    status,
  })
  return body
}
