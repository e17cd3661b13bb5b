import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import type { FetchedMessage } from '../../../src/imap/fetch.ts'
import { parseMessage } from '../../../src/parse.ts'
import { message } from '../../servers/message.ts'
import { startProxy } from '../../servers/proxy.ts'
import { type Arrangement, append, arranged, read, readers, takeTurns } from './arrangement.ts'
import { base64, file, HEAD, html, multipart, part, plain, quotedPrintable } from './mime.ts'

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
