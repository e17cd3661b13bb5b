import { describe, expect, it } from 'vitest'
import { startDovecot } from '../../../src/demo/dovecot.ts'
import { moveMessage } from '../../../src/imap/move.ts'
import { type Arrangement, append, arranged, everything, movable, readers } from './arrangement.ts'
import { anyClaim, mail, NOISE, places, Servers, toNoise } from './moving.ts'
import type { Edit } from './wiretap.ts'

const servers = new Servers(['full', 'noMove', 'noUidplus'])

/** Three messages; resolves with their UIDs. */
async function three(it: Arrangement): Promise<[number, number, number]> {
  return [await append(it, mail('one')), await append(it, mail('two')), await append(it, mail('three'))]
}

const isMoving = (line: string) => /^\S+ UID (MOVE|COPY) /.test(line)

/** Lets the reader do something at the last moment before the server learns of the move. */
function justBeforeTheMove(act: () => Promise<unknown>): Edit {
  return async (line, from) => {
    if (from === 'client' && isMoving(line)) await act()
    return line
  }
}

/** A server that confirms without COPYUID. */
const withoutCopyUid: Edit = (line) => line.replace(/\[COPYUID [^\]]*\] /, '')

describe.each(['full', 'noMove', 'noUidplus'] as const)('a move on a server with the profile %s', (profile) => {
  it('takes the message, and only that one, to the destination', () =>
    servers.on(profile, async (it) => {
      const [, two] = await three(it)
      const result = await moveMessage(it.client, await movable(it.client, two), toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', `${NOISE}: two`])
    }))

  it('leaves bytes, flags and date of receipt as they were', () =>
    servers.on(profile, async (it) => {
      const received = new Date('2024-02-29T23:59:58Z')
      const uid = await append(it, mail('kept'), ['\\Seen', '$Forwarded'], received)
      const [before] = await everything(it.dovecot, it.user)
      await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
      expect(before).toMatchObject({ flags: ['$Forwarded', '\\Seen'], internalDate: received.getTime() })
      expect(await everything(it.dovecot, it.user)).toEqual([{ ...before, path: NOISE, uid: 1 }])
    }))

  it('does not claim a message that another client expunged, and loses nothing else', () =>
    servers.on(profile, async (it) => {
      const [, two] = await three(it)
      const message = await movable(it.client, two)
      await it.reader.messageDelete(String(two), { uid: true })
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three'])
    }))

  it('does not claim a message that is expunged at the last moment, and loses nothing else', () =>
    servers.tapped(profile, async (it, tap) => {
      const [, two] = await three(it)
      const message = await movable(it.client, two)
      tap.edit = justBeforeTheMove(() => it.reader.messageDelete(String(two), { uid: true }))
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three'])
    }))

  it('does not claim a message that the reader files elsewhere at the last moment', () =>
    servers.tapped(profile, async (it, tap) => {
      const uid = await append(it, mail('filed'))
      const message = await movable(it.client, uid)
      tap.edit = justBeforeTheMove(() => it.reader.messageMove(String(uid), 'Archive', { uid: true }))
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual([])
    }))

  it('moves a message that another connection saw first', () =>
    servers.on(profile, async (it) => {
      const uid = await append(it, mail('seen elsewhere'))
      const { sizeBytes, matches } = { sizeBytes: 0, matches: () => false }
      await it.reader.noop()
      const result = await moveMessage(it.client, { uid, sizeBytes, matches }, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual([`${NOISE}: seen elsewhere`])
    }))

  it('never expunges what the reader marked as deleted', () =>
    servers.on(profile, async (it) => {
      const [one, two] = await three(it)
      await it.reader.messageFlagsAdd(String(one), ['\\Deleted'], { uid: true })
      await moveMessage(it.client, await movable(it.client, two), toNoise(it), anyClaim(it), false)
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', `${NOISE}: two`])
    }))

  it('makes a destination again that the reader removed', () =>
    servers.on(profile, async (it) => {
      const uid = await append(it, mail('homeless'))
      await it.reader.mailboxDelete(NOISE)
      const result = await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
      expect(result).toMatchObject({ moved: true })
      expect(await places(it)).toEqual([`${NOISE}: homeless`])
      const again = (await it.reader.list()).find(({ path }) => path === NOISE)
      expect(again?.subscribed).toBe(true)
    }))

  it('leaves the message in place when the destination cannot be made', () =>
    servers.on(profile, async (it) => {
      const uid = await append(it, mail('staying'))
      const path = { source: 'INBOX', destination: 'Worthwhile/Noise/\x01' }
      const result = await moveMessage(it.client, await movable(it.client, uid), path, anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'refused' })
      expect(await places(it)).toEqual(['INBOX: staying'])
    }))

  it('gives each of two identical messages its own copy', () =>
    servers.on(profile, async (it) => {
      const raw = mail('twin')
      const [first, second] = [await append(it, raw), await append(it, raw)]
      const results = await Promise.all(
        [first, second].map(async (uid) =>
          moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false),
        ),
      )
      expect(results.map((result) => result.moved && result.uid).sort()).toEqual([1, 2])
      expect(await places(it)).toEqual([`${NOISE}: twin`, `${NOISE}: twin`])
    }))

  it('is confirmed by finding the copy when the server sends no COPYUID', () =>
    servers.tapped(profile, async (it, tap) => {
      const [, two] = await three(it)
      tap.edit = withoutCopyUid
      const result = await moveMessage(it.client, await movable(it.client, two), toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', `${NOISE}: two`])
    }))

  it('is not taken for done, nor the message for gone, when the server refuses to search', () =>
    servers.tapped(profile, async (it, tap) => {
      const uid = await append(it, mail('asked for'))
      const message = await movable(it.client, uid)
      tap.edit = (line, from) => (from === 'client' ? line.replace(/ UID SEARCH .*/, ' UID SEARCH NONSENSE') : line)
      const moving = moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      await expect(moving).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
      expect(await places(it)).toEqual(['INBOX: asked for'])
    }))

  it('refuses to act on a UID of an INBOX that was renumbered', () =>
    servers.on(profile, async (it) => {
      const uid = await append(it, mail('other'))
      const message = { ...(await movable(it.client, uid)), uidValidity: '1' }
      const moving = moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      await expect(moving).rejects.toMatchObject({ code: 'UIDVALIDITY_CHANGED' })
      expect(await places(it)).toEqual(['INBOX: other'])
    }))
})

describe('a move with the separator . and the prefix INBOX.', () => {
  it('finds the destination by its path on that server', async () => {
    const dovecot = await startDovecot({ separator: '.', prefix: 'INBOX.', users: readers(1) })
    try {
      await arranged(dovecot, 'reader0', async (it) => {
        const uid = await append(it, mail('dotted'))
        const result = await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
        expect(result).toEqual({ moved: true, uid: 1 })
        expect(await places(it)).toEqual(['INBOX.Worthwhile.Noise: dotted'])
      })
    } finally {
      await dovecot.cleanup()
    }
  })
})
