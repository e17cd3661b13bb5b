import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectImap } from '../imap/connect.ts'
import { type Running, run } from '../main.ts'
import { startApi, startPoller, startWorker } from '../roles.ts'
import { newSecret } from '../secrets.ts'
import { readSettings } from '../settings/config.ts'
import { DemoApi } from './demo-api.ts'
import { type Dovecot, startDovecot } from './dovecot.ts'
import { LmtpClient } from './lmtp.ts'
import { readSampleMailbox, type SampleMailbox } from './sample-mail.ts'
import { type Row, tableHead, tableRow } from './table.ts'

const USER = 'reader'
const PASSWORD = newSecret()

export interface DemoOptions {
  /** Seconds over which the sample mail arrives. */
  readonly seconds: number
  /** End after the last message instead of waiting for Ctrl-C. */
  readonly exit: boolean
  /** Where the API listens; port 0 takes a free one. */
  readonly host: string
  readonly port: number
}

/** Runs the real service on a private mail server with a sample mailbox, and shows what it decides until `signal` aborts. */
export async function runDemo(options: DemoOptions, print: (line: string) => void, signal: AbortSignal): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'worthwhile-demo-'))
  const stops: (() => Promise<void>)[] = [async () => rmSync(dataDir, { recursive: true, force: true })]
  try {
    const mail = readSampleMailbox(Date.now())
    const dovecot = await startDovecot({ users: { [USER]: PASSWORD } })
    stops.push(() => dovecot.cleanup())
    await seed(dovecot, mail)
    const token = newSecret()
    const running = await startService(dataDir, options, token)
    stops.push(running.stop)
    const api = new DemoApi(addressOf(running), token)
    await addAccount(api, dovecot, mail)
    introduce(print, api, mail)
    await showWhileMailArrives(api, dovecot, mail, options, print, signal)
  } catch (error) {
    // Whatever was under way when Ctrl-C came may fail.
    if (!signal.aborted) throw error
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

/** Old mail as a mail program would have left it. */
async function seed(dovecot: Dovecot, { sent, history }: SampleMailbox): Promise<void> {
  const client = await connectImap(
    { host: dovecot.host, port: dovecot.tlsPort, security: 'tls', user: USER, ca: dovecot.ca },
    PASSWORD,
  )
  for (const { raw, flags, date } of sent)
    await client.append('Sent', Buffer.from(raw, 'latin1'), [...flags], new Date(date))
  for (const { raw, flags, date } of history)
    await client.append('INBOX', Buffer.from(raw, 'latin1'), [...flags], new Date(date))
  await client.logout()
}

function startService(dataDir: string, { host, port }: DemoOptions, token: string): Promise<Running> {
  const environment = {
    WORTHWHILE_DATA_DIR: dataDir,
    HOST: host,
    PORT: String(port),
    WORTHWHILE_ADMIN_TOKEN: token,
    LOG_LEVEL: 'warn',
  }
  return run(readSettings(environment), [startWorker, startApi, startPoller], true)
}

/** Where a browser on this machine finds the service. */
function addressOf({ roles }: Running): string {
  const address = roles.flatMap((role) => ('address' in role ? [String(role.address)] : []))[0] ?? ''
  return address.replace('//0.0.0.0:', '//localhost:')
}

async function addAccount(
  api: DemoApi,
  { host, tlsPort: port, ca }: Dovecot,
  { reader }: SampleMailbox,
): Promise<void> {
  const imap = { host, port, security: 'tls', user: USER, password: PASSWORD, ca }
  await api.call('POST', '/v1/accounts', {
    id: 'demo',
    imap,
    mode: 'act',
    addresses: reader.addresses,
    authservId: reader.authserv_id,
  })
  while ((await api.call<{ status: string }>('GET', '/v1/accounts/demo')).status !== 'watching') await delay(100)
}

function introduce(
  print: (line: string) => void,
  { address, token }: DemoApi,
  { reader, arriving }: SampleMailbox,
): void {
  print(
    `This is the inbox of ${reader.name}. ${arriving.length} messages are about to arrive; noise leaves it for Worthwhile/Noise.`,
  )
  print(`Dashboard  ${address}/`)
  print(`Token      ${token}`)
  print(`Ask why    curl -H "Authorization: Bearer ${token}" "${address}/v1/decisions?limit=1"`)
  print('Ctrl-C stops and removes everything.\n')
}

async function showWhileMailArrives(
  api: DemoApi,
  dovecot: Dovecot,
  { arriving }: SampleMailbox,
  { seconds, exit }: DemoOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const columns = process.stdout.columns || 140
  print(tableHead(columns))
  const shown = new Set<string>()
  const showNew = async () => {
    const fresh = (await api.decisions()).filter(({ id }) => !shown.has(id)).reverse()
    for (const row of fresh) print(tableRow(row, columns))
    for (const { id } of fresh) shown.add(id)
  }
  const delivered = deliverSlowly(dovecot, arriving, (1000 * seconds) / arriving.length, signal)
  while (!signal.aborted && shown.size < arriving.length) {
    await showNew()
    await pause(200, signal)
  }
  await delivered
  if (!signal.aborted) print(`\n${summary(await api.decisions())}`)
  while (!exit && !signal.aborted) await pause(1000, signal).then(showNew)
}

async function deliverSlowly(
  dovecot: Dovecot,
  arriving: SampleMailbox['arriving'],
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
  for (const { raw } of arriving) {
    if (signal.aborted) break
    await lmtp.deliver(USER, Buffer.from(raw, 'latin1'))
    await pause(everyMs, signal)
  }
  await lmtp.close()
}

function summary(rows: readonly Row[]): string {
  const n = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length
  const moved = rows.filter((row) => row.moved).length
  return `${rows.length} arrived: ${n('valuable')} valuable, ${n('unsure')} unsure (both stay in INBOX), ${n('noise')} noise, of which ${moved} moved.`
}

/** Waits, or returns at once when `signal` aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
}
