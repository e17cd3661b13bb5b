import { describe, expect, it } from 'vitest'
import { deliver } from '../../../src/demo/lmtp.ts'
import { dropFile } from '../../servers/file-drop.ts'
import { asReader } from '../../servers/mailboxes.ts'
import { message } from '../../servers/message.ts'
import { follow, WatchedServer } from './watching.ts'
import { startWiretap } from './wiretap.ts'

const server = new WatchedServer()

describe('the UIDs above a position', () => {
  it('do not name the last message again when there is none above', () =>
    server.watching(async ({ user, watch }) => {
      for (let i = 0; i < 3; i += 1) await deliver(server.dovecot.lmtpPort, user, message())
      await follow(watch, 3)
      expect([await watch.uidsAbove(1), await watch.uidsAbove(3), await watch.uidsAbove(99)]).toEqual([[2, 3], [], []])
    }))

  it('are none in an empty mailbox', () =>
    server.watching(async ({ watch }) => {
      expect(await watch.uidsAbove(0)).toEqual([])
    }))

  it('since a day leave out what was received before', () =>
    server.watching(async ({ user, watch }) => {
      await asReader(server.dovecot, user, async (reader) => {
        await reader.append('INBOX', message(), [], new Date('2020-01-01T12:00:00Z'))
        await reader.append('INBOX', message(), [], new Date('2024-06-15T12:00:00Z'))
      })
      await watch.client.noop()
      expect(await watch.uidsAbove(0, new Date('2024-06-14T12:00:00Z'))).toEqual([2])
    }))

  it('are never an empty list because the server refused to search', async () => {
    const tap = await startWiretap(server.dovecot.port, (line) =>
      line.replace(/ UID SEARCH .*/, ' UID SEARCH NONSENSE'),
    )
    await server.watching(
      async ({ watch }) => {
        await expect(watch.uidsAbove(0)).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
      },
      { port: tap.port },
    )
    await tap.close()
  })

  it('are all there in a mailbox of 3,000', () =>
    server.watching(async ({ user, watch }) => {
      const raw = message()
      for (let i = 0; i < 3000; i += 100)
        await Promise.all(Array.from({ length: 100 }, () => dropFile(server.dovecot, user, raw)))
      await watch.client.noop()
      expect(await watch.uidsAbove(0)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
      expect(await watch.uidsAbove(2998)).toEqual([2999, 3000])
    }))
})
