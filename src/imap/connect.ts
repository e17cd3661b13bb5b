import { ImapFlow, type SearchObject } from 'imapflow'
import type { ImapServer } from '../account.ts'
import { WorthwhileError } from '../errors.ts'
import {
  IMAP_AUTO_IDLE_DELAY_MS,
  IMAP_COMMAND_TIMEOUT_MS,
  IMAP_CONNECT_TIMEOUT_MS,
  IMAP_SOCKET_TIMEOUT_MS,
} from '../limits.ts'

export type ImapClient = ImapFlow

/** Largest literal accepted from a server, in bytes: everything read in full is bounded well below. */
const MAX_LITERAL_BYTES = 1024 * 1024

/** ms until a TCP connection and its greeting, and then the login, are given up. */
export interface LoginTimeouts {
  readonly connectMs: number
  readonly loginMs: number
}

/** A server may answer a wrong password late on purpose, so the login has the time of any other command. */
const TIMEOUTS: LoginTimeouts = { connectMs: IMAP_CONNECT_TIMEOUT_MS, loginMs: IMAP_COMMAND_TIMEOUT_MS }

/**
 * A logged-in connection. The certificate is always verified (against `server.ca` when given), STARTTLS never falls back.
 * Throws IMAP_AUTH, IMAP_TLS or IMAP_CONNECTION. The connection is never reused after it closes.
 */
export async function connectImap(
  server: ImapServer,
  password: string,
  timeouts: LoginTimeouts = TIMEOUTS,
): Promise<ImapClient> {
  const client = newClient(server, password, timeouts)
  let lastError: Error | undefined
  // Without a listener a reset connection would end the process.
  client.on('error', (error: Error) => {
    lastError = error
  })
  // The library bounds the connection and the greeting, but not what follows.
  const timer = setTimeout(() => client.close(), timeouts.connectMs + timeouts.loginMs)
  try {
    await client.connect()
    return client
  } catch (error) {
    const demandsTls = client.capabilities.has('LOGINDISABLED') && !client.secureConnection
    client.close()
    throw demandsTls ? cleartextRefused(error, server) : loginError(error, server, lastError)
  } finally {
    clearTimeout(timer)
  }
}

function newClient(server: ImapServer, password: string, { connectMs }: LoginTimeouts): ImapClient {
  return new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    doSTARTTLS: server.security === 'starttls',
    auth: { user: server.user, pass: password },
    ...(server.ca ? { tls: { ca: server.ca } } : {}),
    logger: false,
    disableAutoIdle: true,
    // Saves little on a local network, costs CPU, and compressing secrets beside hostile text invites guessing them.
    disableCompression: true,
    autoIdleDelay: IMAP_AUTO_IDLE_DELAY_MS,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: IMAP_SOCKET_TIMEOUT_MS,
    maxLiteralSize: MAX_LITERAL_BYTES,
  })
}

interface ImapLibraryError extends Error {
  code?: string
  authenticationFailed?: boolean
  serverResponseCode?: string
  /** Set when the server itself answered: NO or BAD. */
  responseStatus?: string
  tlsFailed?: boolean
}

/** RFC 3501 6.2.3: the server takes no password before encryption; none was sent. */
function cleartextRefused(cause: unknown, { host, port }: ImapServer): WorthwhileError {
  return new WorthwhileError(
    'IMAP_TLS',
    `${host}:${port} takes no password without encryption. Set imap.security to "starttls", or to "tls" with its port.`,
    { cause },
  )
}

function loginError(error: unknown, server: ImapServer, earlier: Error | undefined): WorthwhileError {
  const cause = error as ImapLibraryError
  const where = `${server.host}:${server.port}`
  if (isFinalRefusal(cause))
    return new WorthwhileError(
      'IMAP_AUTH',
      `${where} refused the user name or password. Some providers want an app password.`,
      { cause },
    )
  if ([cause, earlier as ImapLibraryError | undefined].some((e) => e && isTlsError(e)))
    return new WorthwhileError(
      'IMAP_TLS',
      `No trusted encryption with ${where} (${codeOf(cause, earlier)}). Check port and security, or give the server's authority as imap.ca.`,
      { cause },
    )
  return new WorthwhileError(
    'IMAP_CONNECTION',
    `${where} could not be reached (${codeOf(cause, earlier)}). Check host, port and security.`,
    { cause },
  )
}

/** A server that is merely busy also fails the login: only these codes mean that the password is wrong. */
function isFinalRefusal(error: ImapLibraryError): boolean {
  const passing = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN']
  return error.authenticationFailed === true && !passing.includes(error.serverResponseCode ?? '')
}

function isTlsError(error: ImapLibraryError): boolean {
  return error.tlsFailed === true || /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO|STARTTLS/.test(error.code ?? '')
}

function codeOf(error: ImapLibraryError, earlier?: ImapLibraryError): string {
  return error.serverResponseCode ?? error.code ?? earlier?.code ?? 'unknown reason'
}

/**
 * Waits for one command, at most `timeoutMs`; a connection that does not answer is closed, since its state is unknown.
 * Throws IMAP_TIMEOUT, IMAP_REFUSED when the server answered NO or BAD, IMAP_CONNECTION for whatever else the library throws.
 */
export async function answered<T>(
  client: ImapClient,
  what: string,
  command: Promise<T>,
  timeoutMs = IMAP_COMMAND_TIMEOUT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new WorthwhileError('IMAP_TIMEOUT', `The server did not answer ${what} within ${timeoutMs / 1000} s.`))
      client.close()
    }, timeoutMs)
  })
  try {
    const answer = await Promise.race([command, timeout])
    // On a connection that is lost the library mostly says `false` or nothing instead of throwing.
    if (!answer && !client.usable)
      throw new WorthwhileError('IMAP_CONNECTION', `The connection was lost during ${what}.`)
    return answer
  } catch (error) {
    throw error instanceof WorthwhileError ? error : commandError(what, error as ImapLibraryError)
  } finally {
    clearTimeout(timer)
  }
}

function commandError(what: string, cause: ImapLibraryError): WorthwhileError {
  const { responseStatus, serverResponseCode, code, message } = cause
  return responseStatus === 'NO' || responseStatus === 'BAD'
    ? new WorthwhileError('IMAP_REFUSED', `The server refused ${what} (${serverResponseCode ?? responseStatus}).`, {
        cause,
      })
    : new WorthwhileError('IMAP_CONNECTION', `${what} failed: ${code ?? message}.`, { cause })
}

/**
 * UIDs of the selected mailbox that match, ascending. Throws IMAP_REFUSED when the server will not search:
 * the library's `false` then must not be taken for an empty mailbox.
 */
export async function searchUids(client: ImapClient, query: SearchObject): Promise<number[]> {
  const found = await answered(client, 'SEARCH', client.search(query, { uid: true }))
  if (!found) throw new WorthwhileError('IMAP_REFUSED', 'The server refused SEARCH; it is tried again.')
  return found.sort((a, b) => a - b)
}

/** Runs `work` while `path` is selected; other work on the same connection waits. */
export async function inMailbox<T>(client: ImapClient, path: string, work: () => Promise<T>): Promise<T> {
  const lock = await answered(client, `SELECT ${path === 'INBOX' ? path : 'a mailbox'}`, client.getMailboxLock(path))
  try {
    return await work()
  } finally {
    lock.release()
  }
}
