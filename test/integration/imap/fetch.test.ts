import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { deliver } from '../../../src/demo/lmtp.ts'
import { inMailbox, searchUids } from '../../../src/imap/connect.ts'
import { type FetchedMessage, fetchMessage } from '../../../src/imap/fetch.ts'
import { fetchSources } from '../../../src/imap/fetch-sources.ts'
import { fingerprintAt, moveMessage } from '../../../src/imap/move.ts'
import { parseMessage } from '../../../src/parse.ts'
import { message } from '../../servers/message.ts'
import { startProxy } from '../../servers/proxy.ts'
import { type Arrangement, append, arranged, everything, movable, read, readers, takeTurns } from './arrangement.ts'
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

const HEAD = 'From: Ada <ada@example.org>\r\nTo: reader@example.com\r\nSubject: parts\r\nMIME-Version: 1.0\r\n'

/** A part with its header lines. */
const part = (header: string, body: string) => `${header}\r\n\r\n${body}\r\n`
const plain = (text: string) => part('Content-Type: text/plain; charset=utf-8', text)
const html = (text: string) => part('Content-Type: text/html; charset=utf-8', text)

let boundaries = 0
function multipart(kind: string, parts: string[]): string {
  const boundary = `b${boundaries++}`
  const header = `Content-Type: multipart/${kind}; boundary="${boundary}"`
  return `${header}\r\n\r\n${parts.map((each) => `--${boundary}\r\n${each}`).join('')}--${boundary}--\r\n`
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/.{76}/g, '$&\r\n')
const file = (bytes: number, name = 'plan.pdf', type = 'application/pdf') =>
  part(
    `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`,
    base64(Buffer.alloc(bytes, 'attachment ')),
  )
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

describe('a message with an attachment of 30 MB', () => {
  it('is read without it, its text included wherever that stands', async () => {
    const proxy = await startProxy(dovecot.port)
    await on(async (it) => {
      const raw = HEAD + multipart('mixed', [plain('before'), file(30_000_000), plain('after')])
      const uid = await append(it, raw)
      const before = proxy.bytes.toClient
      const fetched = await read(it.client, uid)
      const passed = proxy.bytes.toClient - before
      expect(passed).toBeLessThan(SOURCE_BYTES + 5_000)
      expect(fetched).toMatchObject({ sizeBytes: raw.length, truncated: true })
      const { text, attachments, subject } = await seen(fetched)
      expect(text).toMatch(/before[\s\S]*after/)
      expect(subject).toBe('parts')
      expect(attachments).toEqual([expect.objectContaining({ filename: 'plan.pdf' })])
      expect(attachments[0]?.sizeBytes).toBeGreaterThan(30_000_000)
    }, proxy.port)
    await proxy.close()
  })

  it('is judged by its header when it has no text', () =>
    on(async (it) => {
      const raw = `${HEAD}${file(LARGE)}`
      const fetched = await roundTrip(it, raw)
      expect(fetched.source.length).toBeLessThanOrEqual(SOURCE_BYTES)
      expect(await seen(fetched)).toMatchObject({ subject: 'parts', from: { address: 'ada@example.org' } })
    }))
})

describe('a large message', () => {
  it('reads as the same message without its attachment does', () =>
    on(async (it) => {
      const invitation = part('Content-Type: text/calendar; method=REQUEST', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR')
      const readable = multipart('alternative', [
        plain('Shall we meet in the harbour on Tuesday at nine, before the pier opens?'),
        multipart('related', [
          html('<p>Shall we meet on <b>Tuesday</b> at nine?</p>'),
          file(500, 'logo.png', 'image/png'),
        ]),
        invitation,
      ])
      const small = await seen(await roundTrip(it, HEAD + multipart('mixed', [readable])))
      const large = await seen(await roundTrip(it, HEAD + multipart('mixed', [readable, file(LARGE)])))
      expect(small.calendars).toHaveLength(1)
      expect(large.text.trim()).toBe(small.text.trim())
      expect(large.html?.trim()).toBe(small.html?.trim())
      expect(large.calendars.map((each) => each.trim())).toEqual(small.calendars.map((each) => each.trim()))
      expect(small.attachments).toEqual([])
      expect(large.attachments.map(({ filename }) => filename)).toEqual(['plan.pdf'])
    }))

  it('with an attached message is not credited with that one’s words', () =>
    on(async (it) => {
      const attached = part(
        'Content-Type: message/rfc822',
        message({ subject: 'inner', text: 'the words of somebody else' }),
      )
      for (const more of [[], [file(LARGE)]]) {
        const raw = HEAD + multipart('mixed', [plain('my own words'), attached, ...more])
        const { text, attachments } = await seen(await roundTrip(it, raw))
        expect(text).toContain('my own words')
        expect(text).not.toContain('somebody else')
        expect(attachments[0]?.contentType).toBe('message/rfc822')
      }
    }))

  it('whose header is larger than what is read keeps sender, subject and text', () =>
    on(async (it) => {
      const trace = Array.from({ length: 2000 }, (_, i) => `X-Trace-${i}: ${'x'.repeat(50)}\r\n`).join('')
      const raw = `${HEAD}${trace}Content-Type: text/plain\r\n\r\nthe text far below\r\n`
      const fetched = await roundTrip(it, raw)
      expect(fetched).toMatchObject({ truncated: true, sizeBytes: raw.length })
      const { subject, from, text } = await seen(fetched)
      expect({ subject, from: from?.address, text: text.trim() }).toEqual({
        subject: 'parts',
        from: 'ada@example.org',
        text: 'the text far below',
      })
    }))

  it.each([
    ['quoted-printable', (text: string) => quotedPrintable(text)],
    ['base64', (text: string) => base64(Buffer.from(text))],
    ['8bit', (text: string) => text],
  ])('of one text part in %s shows its beginning', (encoding, encode) =>
    on(async (it) => {
      const text = 'Grüße aus dem Hafen, wo die Möwen schreien.\r\n'.repeat(4000)
      const header = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}`
      const fetched = await roundTrip(it, `${HEAD}${part(header, encode(text))}`)
      expect(fetched.truncated).toBe(true)
      const { text: read } = await seen(fetched)
      expect(read.slice(0, 20_000)).toBe(text.replaceAll('\r\n', '\n').slice(0, 20_000))
      expect(read.length).toBeGreaterThan(25_000)
      expect(fetched.source.length).toBeLessThan(SOURCE_BYTES + 2000)
    }),
  )

  it('in another character set is read in that one', () =>
    on(async (it) => {
      const header = 'Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit'
      const text = part(header, 'Gr\xfc\xdfe')
      const raw = Buffer.from(HEAD + multipart('mixed', [file(LARGE), text]), 'latin1')
      expect((await seen(await roundTrip(it, raw))).text.trim()).toBe('Grüße')
    }))

  it('with its paragraphs flowed is unfolded', () =>
    on(async (it) => {
      const text = part('Content-Type: text/plain; charset=utf-8; format=flowed', 'one \r\nline')
      const { text: read } = await seen(await roundTrip(it, HEAD + multipart('mixed', [text, file(LARGE)])))
      expect(read.trim()).toBe('one line')
    }))

  it('with text as a file is not read for it', () =>
    on(async (it) => {
      const log = part(
        'Content-Type: text/plain\r\nContent-Disposition: ATTACHMENT; filename="all.log"',
        'x'.repeat(LARGE),
      )
      const { text, attachments } = await seen(await roundTrip(it, HEAD + multipart('mixed', [plain('the log'), log])))
      expect(text.trim()).toBe('the log')
      expect(attachments.map(({ filename }) => filename)).toEqual(['all.log'])
    }))

  it('with its parts nested deeply shows its text', () =>
    on(async (it) => {
      let body = plain('at the bottom')
      for (let depth = 0; depth < 20; depth += 1) body = multipart(depth % 2 ? 'mixed' : 'alternative', [body])
      const { text } = await seen(await roundTrip(it, HEAD + multipart('mixed', [body, file(LARGE)])))
      expect(text.trim()).toBe('at the bottom')
    }))

  it('with thousands of parts is read within bounds', () =>
    on(async (it) => {
      const parts = Array.from({ length: 2000 }, (_, i) => plain(`part ${i} ${'x'.repeat(50)}`))
      const fetched = await roundTrip(it, HEAD + multipart('mixed', parts))
      expect(fetched.source.length).toBeLessThan(SOURCE_BYTES)
      expect((await seen(fetched)).text).toContain('part 0')
    }))

  it('whose structure tries to smuggle headers in does not', () =>
    on(async (it) => {
      const sly = part('Content-Type: text/plain; charset="utf-8\\"; x=y\r\n Subject: forged"', 'sly')
      const { subject, text } = await seen(await roundTrip(it, HEAD + multipart('mixed', [sly, file(LARGE)])))
      expect({ subject, text: text.trim() }).toEqual({ subject: 'parts', text: 'sly' })
    }))

  it('without a closing boundary shows what there is', () =>
    on(async (it) => {
      const raw = HEAD + multipart('mixed', [plain('cut'), file(LARGE)]).replace(/--\r\n$/, '')
      expect((await seen(await roundTrip(it, raw))).text.trim()).toBe('cut')
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

function quotedPrintable(text: string): string {
  const encoded = text.replace(/[^\r\n -~]|=/g, (char) =>
    [...Buffer.from(char)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
  return encoded.replace(/.{70}(?=.)(?<!=.)(?<!=)/g, '$&=\r\n')
}
