import { createHash } from 'node:crypto'
import { deliver } from '../../src/demo/lmtp.ts'
import { dropFile } from '../servers/file-drop.ts'
import { message } from '../servers/message.ts'
import type { Delivered } from './ledger.ts'
import type { Mail } from './script.ts'
import { USER, type World } from './world.ts'

/** The bytes of the n-th message of a run. */
function compose(mail: Mail, seed: number, n: number): { messageId: string; raw: string } {
  const messageId = `<m${n}.${seed}@example.org>`
  const common = { messageId, date: new Date(), headers: { 'X-Number': String(n) } }
  if (mail.kind === 'code')
    return {
      messageId,
      raw: message({
        ...common,
        subject: 'Your verification code',
        text: 'Your verification code is 482913. It expires in 10 minutes.',
      }),
    }
  const attachment = mail.bytes > 0 ? { attachment: { filename: 'a.bin', bytes: mail.bytes } } : {}
  return { messageId, raw: message({ ...common, ...attachment, subject: `A word about works ${n}` }) }
}

/** Delivers one message (twice when it is a twin) and returns what is known of it. */
export async function post(mail: Mail, seed: number, n: number, world: World): Promise<Delivered> {
  const { messageId, raw } = compose(mail, seed, n)
  const before = Date.now()
  const copies = mail.kind === 'twin' ? 2 : 1
  for (let copy = 1; copy <= copies; copy++)
    await world.withMailServer(() => (mail.by === 'lmtp' ? byLmtp(world, raw) : dropFile(world.dovecot, USER, raw)))
  const known = { messageId, digest: digestOf(Buffer.from(raw)), takenIn: [before, Date.now()] as const }
  world.journal.note(`delivered ${messageId} (${mail.by}, ${mail.kind})`)
  return { ...known, flags: new Set(), maybeFlags: new Set(), placed: null, deleted: 'no', copies }
}

const byLmtp = (world: World, raw: string) => deliver(world.dovecot.lmtpPort, USER, raw)

/** Digest of a message without the trace headers that delivery puts on top of it. */
export function digestOf(source: Buffer): string {
  const start = source.indexOf('From: ')
  return createHash('sha256')
    .update(source.subarray(Math.max(0, start)))
    .digest('hex')
}
