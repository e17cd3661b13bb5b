import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../src/parse.ts'

const raw = (...lines: string[]) => Buffer.from(lines.join('\r\n'))

describe('parseMessage', () => {
  test('reads addresses, ids and unfolded headers', async () => {
    const message = await parseMessage(
      raw(
        'Return-Path: <Bounce@Mail.example>',
        'From: "Krall, S." <S.Krall@Bank.example>',
        'To: a@x.example, Group: b@x.example, c@x.example;',
        'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
        'Message-ID: <1@bank.example>',
        'References: <a@x.example>',
        ' <b@x.example>',
        'Date: Mon, 04 May 2026 08:17:00 -0500',
        '',
        'Hello',
      ),
    )
    expect(message.from).toEqual({ name: 'Krall, S.', address: 's.krall@bank.example' })
    expect(message.to.map(({ address }) => address)).toEqual(['a@x.example', 'b@x.example', 'c@x.example'])
    expect(message.subject).toBe('Grüße')
    expect(message.messageId).toBe('1@bank.example')
    expect(message.references).toEqual(['a@x.example', 'b@x.example'])
    expect(message.returnPath).toBe('bounce@mail.example')
    expect(message.date).toBe(Date.UTC(2026, 4, 4, 13, 17))
    expect(message.text.trim()).toBe('Hello')
  })

  test('renders HTML when there is no text part, and says what was hidden elsewhere', async () => {
    const message = await parseMessage(
      raw(
        'From: a@x.example',
        'Content-Type: text/html',
        '',
        '<p>Hi&nbsp;Dana</p><div style="display:none">secret</div><p>Bye</p>',
      ),
    )
    expect(message.text).toContain('Hi Dana')
    expect(message.text).toContain('Bye')
    expect(message.text).not.toContain('secret')
  })

  test('a stub text part gives way to the HTML a person sees', async () => {
    const message = await parseMessage(
      raw(
        'From: a@x.example',
        'Content-Type: multipart/alternative; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        'View online.',
        '--b',
        'Content-Type: text/html',
        '',
        `<p>${'The whole offer is only in here. '.repeat(10)}</p>`,
        '--b--',
      ),
    )
    expect(message.text).toContain('The whole offer')
  })

  test('without any header, without a body, with bytes that are no text: a message all the same', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('no header at all'), Buffer.from([0, 255, 254, 10, 10, 200])]) {
      const message = await parseMessage(bytes)
      expect(message.sizeBytes).toBe(bytes.length)
    }
  })

  test('says that it was cut, and takes the size and attachments the server states', async () => {
    const attachments = [{ filename: 'a.pdf', contentType: 'application/pdf', sizeBytes: 9 }]
    const message = await parseMessage(raw('From: a@x.example', '', 'Hi'), {
      sizeBytes: 5000,
      truncated: true,
      attachments,
    })
    expect(message).toMatchObject({ sizeBytes: 5000, truncated: true, attachments })
  })
})

describe('hostile input is bounded', () => {
  const timed = async (bytes: Buffer) => {
    const start = performance.now()
    await parseMessage(bytes)
    return performance.now() - start
  }
  const nested = Array.from(
    { length: 1000 },
    (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
  ).join('')
  const cases: [string, Buffer][] = [
    ['10 MB of text', raw('From: a@x.example', '', 'word '.repeat(2_000_000))],
    ['1,000 nested parts', Buffer.from(nested)],
    ['10,000 links', raw('Content-Type: text/html', '', '<a href="https://a.example/x">y</a>'.repeat(10_000))],
    ['100,000 open tags', raw('Content-Type: text/html', '', '<div><b '.repeat(50_000))],
    ['a header of 1 MB', raw(`Subject: ${'a'.repeat(1_000_000)}`, '', 'x')],
    ['50,000 headers', raw(...Array.from({ length: 50_000 }, () => 'X-A: b'), '', 'x')],
  ]
  test.each(cases)('%s within 200 ms', async (_, bytes) => {
    await parseMessage(raw('From: a@x.example', '', 'warm-up'))
    expect(await timed(bytes)).toBeLessThan(200)
  })
})
