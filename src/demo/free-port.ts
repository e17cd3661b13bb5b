import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

// Below Linux's range for outgoing connections (32768-60999): a client that keeps retrying while the server is down can
// then neither take its port nor connect to itself.
const lowestPort = 20_000
const highestPort = 32_000
const retryAfterMs = 5

/** A TCP port on 127.0.0.1 that nothing listened on a moment ago (20000-31999). */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort))
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * Resolves once the server at `port` says a first line that begins with `greeting` (IMAP: '* OK', LMTP: '220').
 * Gives up without an error when `signal` is aborted; rejects after `timeoutMs`.
 */
export async function waitForGreeting(port: number, greeting: string, timeoutMs: number, signal?: AbortSignal) {
  const deadline = Date.now() + timeoutMs
  while (!signal?.aborted) {
    if ((await firstLine(port)).startsWith(greeting)) return
    if (Date.now() > deadline) throw new Error(`nothing said "${greeting}" on port ${port} within ${timeoutMs} ms`)
    await delay(retryAfterMs)
  }
}

function firstLine(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('data', (data) => {
      resolve(data.toString('latin1'))
      socket.destroy()
    })
    socket.once('error', () => resolve(''))
    socket.once('close', () => resolve(''))
  })
}
