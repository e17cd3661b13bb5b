import type { Row } from './table.ts'

/** The demo talks to the service as any other client would. */
export class DemoApi {
  readonly address: string
  readonly token: string

  constructor(address: string, token: string) {
    this.address = address
    this.token = token
  }

  /** The decisions so far, newest first. */
  async decisions(): Promise<Row[]> {
    return (await this.call<{ items: Row[] }>('GET', '/v1/decisions?account=demo&limit=100')).items
  }

  /** The body of a successful answer; rejects with status and body of any other. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const response = await fetch(this.address + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
}
