import { once } from 'node:events'
import net from 'node:net'

/** What to pass on instead of a line: null holds it back and resets the connection. */
export type Edit = (line: string, from: 'client' | 'server') => string | null | Promise<string | null>

/** Starts a man in the middle of unencrypted IMAP on a free port of 127.0.0.1. */
export async function startWiretap(targetPort: number, edit: Edit = (line) => line): Promise<Wiretap> {
  const wiretap = new Wiretap(targetPort, edit)
  await wiretap.listen()
  return wiretap
}

/** Passes IMAP on line by line through `edit`, and keeps what the client sent. */
export class Wiretap {
  /** Lines of all clients so far, without their tags. */
  readonly commands: string[] = []
  /** May be changed at any time. */
  edit: Edit
  readonly #targetPort: number
  readonly #server: net.Server
  readonly #links = new Set<net.Socket>()

  constructor(targetPort: number, edit: Edit) {
    this.#targetPort = targetPort
    this.edit = edit
    this.#server = net.createServer({ noDelay: true }, (client) => this.#accept(client))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const link of this.#links) link.destroy()
    await once(this.#server, 'close')
  }

  #accept(client: net.Socket): void {
    const server = net.connect({ port: this.#targetPort, host: '127.0.0.1', noDelay: true })
    this.#pass(client, server, 'client')
    this.#pass(server, client, 'server')
  }

  #pass(from: net.Socket, to: net.Socket, side: 'client' | 'server'): void {
    this.#links.add(from)
    let rest = ''
    let passed: Promise<unknown> = Promise.resolve()
    from.on('data', (data) => {
      const lines = `${rest}${data.toString('latin1')}`.split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) passed = passed.then(() => this.#passLine(line, side, from, to))
    })
    from.on('error', () => to.resetAndDestroy())
    from.on('close', () => {
      this.#links.delete(from)
      void passed.then(() => to.end())
    })
  }

  async #passLine(line: string, side: 'client' | 'server', from: net.Socket, to: net.Socket): Promise<void> {
    if (side === 'client') this.commands.push(line.replace(/^\S+ /, ''))
    const edited = await this.edit(line, side)
    if (edited !== null) {
      if (to.writable) to.write(`${edited}\r\n`, 'latin1')
      return
    }
    from.resetAndDestroy()
    to.resetAndDestroy()
  }
}
