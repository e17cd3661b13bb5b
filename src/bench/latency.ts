import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { accountFrom } from '../account.ts'
import { type Dovecot, startDovecot } from '../demo/dovecot.ts'
import { LmtpClient } from '../demo/lmtp.ts'
import { readSampleMailbox } from '../demo/sample-mail.ts'
import { connectImap, type ImapClient } from '../imap/connect.ts'
import { type Running, run } from '../main.ts'
import { startPoller, startWorker } from '../roles.ts'
import { newSecret } from '../secrets.ts'
import { readSettings } from '../settings/config.ts'

/** One message's times, in ms. */
export interface Sample {
  /** From the server's announcement (`* n EXISTS`) to the confirmed move. */
  readonly announcedToMoved: number
  /** From the end of the delivery to the confirmed move; the server itself holds announcements back. */
  readonly deliveredToMoved: number
}

export interface LatencyFigures {
  /** FETCH and MOVE on one connection: no queue, no store, no classifier. */
  readonly floor: readonly Sample[]
  /** The whole service, idle but for this one message. */
  readonly service: readonly Sample[]
}

const USERS = { floor: 'secret', service: 'secret' }
const WARM_UP = 5

/** Measures `n` messages, one at a time, first against the floor and then through the service, on the same private server. */
export async function measureLatency(n: number): Promise<LatencyFigures> {
  const dovecot = await startDovecot({ users: USERS, format: 'sdbox' })
  const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
  try {
    const floor = await measureFloor(dovecot, lmtp, n)
    return { floor, service: await measureService(dovecot, lmtp, n) }
  } finally {
    await lmtp.close()
    await dovecot.cleanup()
  }
}

/** Noise of the sample mailbox, so that sizes and parsing are those of real mail. */
function* samples(n: number): Generator<Buffer> {
  const { arriving } = readSampleMailbox(Date.now())
  for (let i = 0; i < n + WARM_UP; i++) {
    const raw = arriving[i % arriving.length]?.raw ?? ''
    yield Buffer.from(raw.replace(/^Message-ID:.*$/im, `Message-ID: <bench-${i}-${newSecret()}@example.org>`), 'latin1')
  }
}

async function measureFloor(dovecot: Dovecot, lmtp: LmtpClient, n: number): Promise<Sample[]> {
  const client = await connectImap(loginTo(dovecot, 'floor'), USERS.floor)
  await client.mailboxCreate(['Worthwhile', 'Noise'])
  await client.mailboxOpen('INBOX')
  const measured: Sample[] = []
  for (const raw of samples(n)) measured.push(await floorSample(client, lmtp, raw))
  await client.logout()
  return measured.slice(WARM_UP)
}

async function floorSample(client: ImapClient, lmtp: LmtpClient, raw: Buffer): Promise<Sample> {
  const announced = once(client, 'exists').then(() => performance.now())
  const idling = client.idle()
  await lmtp.deliver('floor', raw)
  const deliveredAt = performance.now()
  const announcedAt = await announced
  const found = await client.fetchOne('*', { uid: true, source: { start: 0, maxLength: 65_536 } })
  const uid = found ? found.uid : 0
  const answer = await client.messageMove(String(uid), 'Worthwhile/Noise', { uid: true })
  const movedAt = performance.now()
  if (answer === false || !answer?.uidMap?.has(uid)) throw new Error('the floor did not move its message')
  await idling
  return { announcedToMoved: movedAt - announcedAt, deliveredToMoved: movedAt - deliveredAt }
}

async function measureService(dovecot: Dovecot, lmtp: LmtpClient, n: number): Promise<Sample[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'worthwhile-bench-'))
  const settings = readSettings({ WORTHWHILE_DATA_DIR: dataDir, LOG_LEVEL: 'warn' })
  const classifier = { ...settings.classifier, thresholds: { noiseBelow: 1, valuableFrom: 1 } }
  const running = await run({ ...settings, classifier }, [startWorker, startPoller], true)
  try {
    await protect(running, dovecot)
    const measured: Sample[] = []
    for (const raw of samples(n)) measured.push(await serviceSample(running, lmtp, raw))
    return measured.slice(WARM_UP)
  } finally {
    await running.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function protect({ installation }: Running, dovecot: Dovecot): Promise<void> {
  const imap = { ...loginTo(dovecot, 'service'), password: USERS.service }
  const account = accountFrom({ id: 'service', imap, mode: 'act' }, installation.accountDefaults, null, Date.now())
  await installation.accounts.add(account, USERS.service)
  await looked(async () => {
    const { learnedPercent, lastSyncAt } = await installation.status.get('service')
    return learnedPercent === 100 && lastSyncAt !== null ? true : null
  })
}

/** The service's own record of a message: its clock is this process's clock. */
async function serviceSample({ installation }: Running, lmtp: LmtpClient, raw: Buffer): Promise<Sample> {
  const since = Date.now()
  await lmtp.deliver('service', raw)
  const deliveredAt = Date.now()
  const decision = await looked(async () => {
    const [newest] = await installation.decisions.page('service', null, since, 1)
    const found = newest ? await installation.decisions.find(newest.id) : null
    return found?.latencyMs === null ? null : found
  })
  if (!decision.moved)
    throw new Error(`the service did not move its message: ${decision.problem?.text ?? decision.verdict}`)
  const announcedToMoved = decision.latencyMs ?? 0
  return { announcedToMoved, deliveredToMoved: decision.announcedAt + announcedToMoved - deliveredAt }
}

function loginTo({ host, port }: Dovecot, user: string) {
  return { host, port, user, security: 'none' as const }
}

/** Looks every few ms until there is an answer. */
async function looked<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    await delay(5)
  }
}
