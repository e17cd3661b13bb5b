import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../../src/setup/healthcheck.mjs', import.meta.url))

describe("the container's health check", () => {
  let status = 200
  const server = http.createServer((request, response) =>
    response.writeHead(request.url === '/healthz' ? status : 404).end(),
  )
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  afterAll(() => server.close())

  async function exitCode(port = (server.address() as AddressInfo).port): Promise<number> {
    const child = spawn(process.execPath, [script], { env: { PORT: String(port) }, stdio: 'ignore' })
    return (await once(child, 'close'))[0]
  }

  it('passes while /healthz answers with success', async () => {
    status = 200
    expect(await exitCode()).toBe(0)
  })

  it('fails when it does not', async () => {
    status = 503
    expect(await exitCode()).toBe(1)
  })

  it('fails when nothing listens', async () => {
    expect(await exitCode(1)).toBe(1)
  })
})
