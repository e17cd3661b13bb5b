import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { inMailbox, searchUids } from '../../../src/imap/connect.ts'
import { type FetchedMessage, fetchMessage } from '../../../src/imap/fetch.ts'
import { fetchSources } from '../../../src/imap/fetch-sources.ts'
import { fingerprintAt, moveMessage } from '../../../src/imap/move.ts'
import { parseMessage } from '../../../src/parse.ts'
import { message } from '../../servers/message.ts'
import { type Arrangement, append, arranged, everything, movable, read, readers, takeTurns } from './arrangement.ts'
import { file, HEAD, multipart, plain } from './mime.ts'
import { startWiretap } from './wiretap.ts'

let dovecot: Dovecot
let next: () => string
beforeAll(async () => {
  dovecot = await startDovecot({ users: readers(50) })
  next = takeTurns(dovecot)
})
afterAll(() => dovecot.cleanup())

const on = (act: (it: Arrangement) => Promise<void>, port = dovecot.port) => arranged(dovecot, next(), act, port)

/** Appends a message and reads it as a worker does. */
async function roundTrip(it: Arrangement, raw: string | Buffer): Promise<FetchedMessage> {
  return read(it.client, await append(it, raw))
}

/** What the classifier would see of it. */
const seen = ({ source, sizeBytes, truncated, attachments }: FetchedMessage) =>
  parseMessage(source, { sizeBytes, truncated, attachments })

const LARGE = 100_000
const SOURCE_BYTES = 64 * 1024

describe('a small message', () => {
  it('is read byte for byte, with size, flags and date of receipt', () =>
    on(async (it) => {
      const raw = message({ subject: 'small' })
      const received = new Date('2024-02-29T23:59:58Z')
      const uid = await append(it, raw, ['\\Flagged'], received)
      const fetched = await read(it.client, uid)
      expect(fetched).toMatchObject({ uid, sizeBytes: raw.length, truncated: false, internalDate: received.getTime() })
      expect(fetched.source.toString()).toBe(raw)
      expect(fetched.flags).toContain('\\Flagged')
    }))

  it('is not marked as read', () =>
    on(async (it) => {
      const uids = [
        await append(it, message()),
        await append(it, message({ attachment: { filename: 'a', bytes: LARGE } })),
      ]
      for (const uid of uids) await read(it.client, uid)
      await inMailbox(it.client, 'INBOX', () => fetchSources(it.client, uids))
      await inMailbox(it.client, 'INBOX', () => fingerprintAt(it.client, uids[0] ?? 0))
      expect((await everything(it.dovecot, it.user)).map(({ flags }) => flags)).toEqual([[], []])
    }))

  it('without From, Date and text can be judged', () =>
    on(async (it) => {
      const fetched = await roundTrip(it, 'Subject: nothing else\r\n\r\n')
      expect(await seen(fetched)).toMatchObject({ from: null, date: null, text: '', subject: 'nothing else' })
    }))

  it('without any header can be judged', () =>
    on(async (it) => {
      expect(await seen(await roundTrip(it, '\r\nonly a body\r\n'))).toMatchObject({ from: null, subject: '' })
    }))

  it('keeps 8-bit headers byte for byte', () =>
    on(async (it) => {
      const raw = Buffer.from('From: J\xf6rg <j@example.org>\r\nSubject: Gr\xfc\xdfe\r\n\r\n\xe4\r\n', 'latin1')
      expect((await roundTrip(it, raw)).source.equals(raw)).toBe(true)
      const utf8 = Buffer.from('From: Jörg <j@example.org>\r\nSubject: Grüße ✓\r\n\r\nä\r\n')
      expect(await seen(await roundTrip(it, utf8))).toMatchObject({ subject: 'Grüße ✓' })
    }))

  it('comes with its attachments', () =>
    on(async (it) => {
      const raw = HEAD + multipart('mixed', [plain('see the plan'), file(300)])
      const { attachments, text } = await seen(await roundTrip(it, raw))
      expect(attachments).toEqual([expect.objectContaining({ filename: 'plan.pdf', contentType: 'application/pdf' })])
      expect(text.trim()).toBe('see the plan')
    }))

  it('is whole when the server overstates its size', async () => {
    const tap = await startWiretap(dovecot.port, (line) => line.replace(/RFC822\.SIZE \d+/, 'RFC822.SIZE 999999'))
    await on(async (it) => {
      const fetched = await roundTrip(it, message({ subject: 'estimated' }))
      expect(fetched.truncated).toBe(false)
      expect(fetched.source.toString()).toContain('estimated')
    }, tap.port)
    await tap.close()
  })
})

describe('a message that is gone', () => {
  it('is null', () =>
    on(async (it) => {
      const uid = await append(it, message())
      await it.reader.messageDelete(String(uid), { uid: true })
      expect(await inMailbox(it.client, 'INBOX', () => fetchMessage(it.client, uid))).toBeNull()
      expect(await inMailbox(it.client, 'INBOX', () => fetchMessage(it.client, 99))).toBeNull()
      expect(await inMailbox(it.client, 'INBOX', () => fingerprintAt(it.client, uid))).toBeNull()
    }))

  it('is not confused with one that another connection saw first', () =>
    on(async (it) => {
      const uid = await append(it, message({ subject: 'fresh' }))
      await it.reader.noop()
      const fetched = await inMailbox(it.client, 'INBOX', () => fetchMessage(it.client, uid))
      expect(fetched?.source.toString()).toContain('fresh')
    }))

  it('is left out among several', () =>
    on(async (it) => {
      const uids = [await append(it, message()), await append(it, message()), await append(it, message())]
      await it.reader.messageDelete(String(uids[1]), { uid: true })
      await it.client.noop()
      const found = await inMailbox(it.client, 'INBOX', () => fetchSources(it.client, uids))
      expect(found.map(({ uid }) => uid)).toEqual([uids[0], uids[2]])
      expect(await inMailbox(it.client, 'INBOX', () => fetchSources(it.client, []))).toEqual([])
    }))
})

describe('the beginnings of several messages', () => {
  it('are bounded, and say whether there is more', () =>
    on(async (it) => {
      await append(it, message({ subject: 'short' }))
      await append(it, message({ text: 'long '.repeat(40_000) }))
      const [short, long] = await inMailbox(it.client, 'INBOX', async () => {
        await it.client.noop()
        return fetchSources(it.client, [1, 2])
      })
      expect(short).toMatchObject({ uid: 1, truncated: false })
      expect(long).toMatchObject({ uid: 2, truncated: true })
      expect(long?.source.length).toBe(SOURCE_BYTES)
      expect(long?.sizeBytes).toBeGreaterThan(200_000)
    }))
})

describe('a fingerprint', () => {
  it.each([
    ['small', message({ subject: 'moving' })],
    ['large', message({ subject: 'moving', attachment: { filename: 'a', bytes: LARGE } })],
  ])('of a %s message is the same after a move', (_, raw) =>
    on(async (it) => {
      const uid = await append(it, raw)
      const { fingerprint } = await read(it.client, uid)
      const path = { source: 'INBOX', destination: it.mailboxes.noise }
      const moved = await moveMessage(it.client, await movable(it.client, uid), path, async () => true, false)
      expect(moved).toMatchObject({ moved: true })
      expect(await inMailbox(it.client, it.mailboxes.noise, () => fingerprintAt(it.client, 1))).toBe(fingerprint)
    }),
  )

  it('of a second delivery of the same message is another', () =>
    on(async (it) => {
      const raw = message()
      for (let i = 0; i < 2; i += 1) await deliver(dovecot.lmtpPort, it.user, raw)
      await it.client.noop()
      const uids = await inMailbox(it.client, 'INBOX', () => searchUids(it.client, { all: true }))
      const prints = await Promise.all(uids.map(async (uid) => (await read(it.client, uid)).fingerprint))
      expect(new Set(prints).size).toBe(2)
    }))

  it('does not depend on flags', () =>
    on(async (it) => {
      const uid = await append(it, message())
      const before = await read(it.client, uid)
      await it.reader.messageFlagsAdd(String(uid), ['\\Seen', '\\Answered'], { uid: true })
      const after = await read(it.client, uid)
      expect(after.fingerprint).toBe(before.fingerprint)
      expect(after.flags).not.toEqual(before.flags)
    }))
})
