import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Starts a proxy on a free port of 127.0.0.1 in front of `targetPort`: a network that can fail on command. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(targetPort)
  await proxy.listen()
  return proxy
}

/** A TCP proxy that counts what passes and can cut, freeze, delay or refuse it. */
export class TcpProxy {
  /** Bytes that passed in each direction, over all connections. */
  readonly bytes = { toServer: 0, toClient: 0 }
  /** Connections accepted so far, refused ones among them. */
  connections = 0
  /** How long everything is held back, in both directions. */
  delayMs = 0
  /** While true every new connection is closed at once. */
  refusing = false
  readonly #targetPort: number
  readonly #server: net.Server
  readonly #links = new Set<net.Socket>()
  #frozen = false

  constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = net.createServer({ noDelay: true }, (client) => this.#accept(client))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#links.size / 2
  }

  /** Resets every open connection, as a router that lost its state does. */
  cut(): void {
    for (const link of this.#links) link.resetAndDestroy()
  }

  /** Lets nothing pass from now on, with all connections left open: a link that died silently. */
  freeze(): void {
    this.#frozen = true
    for (const link of this.#links) link.pause()
  }

  thaw(): void {
    this.#frozen = false
    for (const link of this.#links) link.resume()
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const link of this.#links) link.destroy()
    await once(this.#server, 'close')
  }

  #accept(client: net.Socket): void {
    this.connections += 1
    if (this.refusing) {
      client.destroy()
      return
    }
    const server = net.connect({ port: this.#targetPort, host: '127.0.0.1', noDelay: true })
    this.#pass(client, server, 'toServer')
    this.#pass(server, client, 'toClient')
  }

  #pass(from: net.Socket, to: net.Socket, direction: 'toServer' | 'toClient'): void {
    this.#links.add(from)
    from.on('data', async (data) => {
      this.bytes[direction] += data.length
      await this.#held()
      if (to.writable) to.write(data)
    })
    from.on('error', () => to.resetAndDestroy())
    from.on('close', async () => {
      this.#links.delete(from)
      await this.#held()
      to.end()
    })
    if (this.#frozen) from.pause()
  }

  async #held(): Promise<void> {
    if (this.delayMs > 0) await delay(this.delayMs)
  }
}
