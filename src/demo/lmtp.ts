import net from 'node:net'
import readline from 'node:readline'

/** A small LMTP client (RFC 2033): one connection, one message at a time. */
export class LmtpClient {
  readonly #socket: net.Socket
  readonly #lines: AsyncIterator<string>

  private constructor(socket: net.Socket) {
    this.#socket = socket
    this.#lines = readline
      .createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
      [Symbol.asyncIterator]()
  }

  /** Connects to 127.0.0.1. */
  static async connect(port: number): Promise<LmtpClient> {
    const socket = net.connect(port, '127.0.0.1').setNoDelay(true)
    const client = new LmtpClient(socket)
    await client.#expect('2')
    await client.#command('LHLO localhost', '2')
    return client
  }

  /** Delivers one raw message to one user; resolves when the server has stored it, rejects with its refusal. */
  async deliver(user: string, raw: string | Buffer, sender = 'sender@example.org'): Promise<void> {
    await this.#command(`MAIL FROM:<${sender}>`, '2')
    await this.#command(`RCPT TO:<${user}>`, '2')
    await this.#command('DATA', '3')
    this.#socket.write(asData(raw))
    await this.#expect('2')
  }

  /** Says goodbye; resolves when the connection is closed. */
  async close(): Promise<void> {
    await this.#command('QUIT', '2')
    this.#socket.destroy()
  }

  async #command(line: string, expected: string): Promise<void> {
    this.#socket.write(`${line}\r\n`)
    await this.#expect(expected)
  }

  /** Reads one reply, of which only the last line has a space after its code, and wants its code to begin so. */
  async #expect(firstDigit: string): Promise<void> {
    for (;;) {
      const { value: line = 'the connection was closed', done } = await this.#lines.next()
      if (!done && /^\d{3}-/.test(line)) continue
      if (line.startsWith(firstDigit)) return
      throw new Error(`LMTP: ${line}`)
    }
  }
}

/** Delivers one message over a connection of its own. */
export async function deliver(port: number, user: string, raw: string | Buffer): Promise<void> {
  const client = await LmtpClient.connect(port)
  await client.deliver(user, raw)
  await client.close()
}

/** Line ends as CRLF, dots at the start of a line doubled, the closing dot added (RFC 5321 section 4.5.2). */
function asData(raw: string | Buffer): Buffer {
  const bytes = typeof raw === 'string' ? Buffer.from(raw) : raw
  // latin1 maps every byte to one character and back, so 8-bit mail stays as it is.
  const text = bytes.toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..')
  return Buffer.from(text.endsWith('\r\n') ? `${text}.\r\n` : `${text}\r\n.\r\n`, 'latin1')
}
