import { describe, expect, test } from 'vitest'
import { authenticationOf, authservIdOf } from '../../../src/core/authentication.ts'
import type { Message } from '../../../src/core/message.ts'
import { parseMessage } from '../../../src/parse.ts'

const trusted = { addresses: [], authservId: 'mx.home.example' }
const mail = (...stamps: string[]): Promise<Message> =>
  parseMessage(
    Buffer.from(
      [...stamps.map((one) => `Authentication-Results: ${one}`), 'From: a@shop.example', '', 'x'].join('\r\n'),
    ),
  )
const status = async (...stamps: string[]) => authenticationOf(await mail(...stamps), trusted).status

describe('authentication by the trusted server alone', () => {
  test.each([
    ['aligned DMARC', 'mx.home.example; dmarc=pass header.from=shop.example', 'pass'],
    ['DKIM of the same organisation', 'mx.home.example; dkim=pass header.d=mail.shop.example', 'pass'],
    ['DKIM of another organisation', 'mx.home.example; dkim=pass header.d=mailer.example', 'absent'],
    ['aligned SPF', 'mx.home.example; spf=pass smtp.mailfrom=bounce@shop.example', 'pass'],
    ['SPF of a sending service', 'mx.home.example; spf=pass smtp.mailfrom=b@mailer.example', 'absent'],
    [
      'failed DMARC, whatever DKIM says',
      'mx.home.example; dkim=pass header.d=shop.example; dmarc=fail header.from=shop.example',
      'fail',
    ],
    ['failed SPF', 'mx.home.example; spf=softfail smtp.mailfrom=a@shop.example', 'fail'],
    ['a pass inside a comment', 'mx.home.example; spf=none (dmarc=pass header.from=shop.example)', 'absent'],
    ['another server', 'mx.evil.example; dmarc=pass header.from=shop.example', 'absent'],
  ])('%s', async (_, stamp, expected) => {
    expect(await status(stamp)).toBe(expected)
  })

  test('what stands below another server’s stamp may have come with the message', async () => {
    expect(await status('mx.other.example; spf=none', 'mx.home.example; dmarc=pass header.from=shop.example')).toBe(
      'absent',
    )
  })

  test('a server not known yet proves nothing; a server that adds no header is stated', async () => {
    const message = await mail()
    expect(authenticationOf(message, { addresses: [], authservId: null }).status).toBe('unknown')
    expect(authenticationOf(message, { addresses: [], authservId: 'none' }).status).toBe('stated')
  })

  test('the authserv-id is read without comments and version', () => {
    expect(authservIdOf('(c) MX.Home.example 1; spf=pass')).toBe('mx.home.example')
  })
})
