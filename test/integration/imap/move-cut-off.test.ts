import { describe, expect, it } from 'vitest'
import { type Movable, moveMessage } from '../../../src/imap/move.ts'
import { type Arrangement, append, arranged, movable } from './arrangement.ts'
import { anyClaim, mail, NOISE, type Profile, places, Servers, toNoise } from './moving.ts'
import { startWiretap } from './wiretap.ts'

const servers = new Servers(['full', 'noMove'])

/** Cuts the connection where `point` matches, then resumes on a new one. Resolves with what the second run said. */
async function cutAndResume(profile: Profile, point: RegExp, from: 'client' | 'server', prepare = prepareOne) {
  const { dovecot, user } = servers.take(profile)
  const tap = await startWiretap(dovecot.port)
  const claim = anyClaim({ dovecot, user })
  const messages: Movable[] = []
  const firstRun = async (it: Arrangement) => {
    const message = await movable(it.client, await prepare(it))
    messages.push(message)
    tap.edit = (line, side) => (side === from && point.test(line) ? null : line)
    const moving = moveMessage(it.client, message, toNoise(it), claim, false)
    await expect(moving).rejects.toMatchObject({ code: 'IMAP_CONNECTION' })
  }
  await arranged(dovecot, user, firstRun, tap.port)
  await tap.close()
  const results: unknown[] = []
  await arranged(dovecot, user, async (it) => {
    for (const message of messages) results.push(await moveMessage(it.client, message, toNoise(it), claim, true))
  })
  return { result: results[0], places: await places({ dovecot, user }) }
}

const prepareOne = (it: Arrangement) => append(it, mail('cut off'))

describe('a move that was cut off', () => {
  const done = { result: { moved: true, uid: 1 }, places: [`${NOISE}: cut off`] }

  it.each([
    ['before MOVE reached the server', 'full', / UID MOVE /, 'client'],
    ['before the answer to MOVE arrived', 'full', /COPYUID/, 'server'],
    ['before COPY reached the server', 'noMove', / UID COPY /, 'client'],
    ['before the answer to COPY arrived', 'noMove', /COPYUID/, 'server'],
    ['between COPY and STORE', 'noMove', / UID STORE /, 'client'],
    ['between STORE and EXPUNGE', 'noMove', / UID EXPUNGE /, 'client'],
    ['before the answer to EXPUNGE arrived', 'noMove', /^\* \d+ EXPUNGE/, 'server'],
  ] as const)('%s ends with the message in one place', async (_, profile, point, from) => {
    expect(await cutAndResume(profile, point, from)).toEqual(done)
  })

  it('never takes the copy of an identical message that was moved before', async () => {
    const withTwin = async (it: Arrangement) => {
      const raw = mail('cut off')
      const [twin, uid] = [await append(it, raw), await append(it, raw)]
      await moveMessage(it.client, await movable(it.client, twin), toNoise(it), anyClaim(it), false)
      return uid
    }
    expect(await cutAndResume('noMove', / UID COPY /, 'client', withTwin)).toEqual({
      result: { moved: true, uid: 2 },
      places: [`${NOISE}: cut off`, `${NOISE}: cut off`],
    })
  })

  it('is not said to be done when only an identical message lies there', () =>
    servers.on('full', async (it) => {
      const raw = mail('twin')
      const [twin, uid] = [await append(it, raw), await append(it, raw)]
      await moveMessage(it.client, await movable(it.client, twin), toNoise(it), anyClaim(it), false)
      const message = await movable(it.client, uid)
      await it.reader.messageDelete(String(uid), { uid: true })
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual([`${NOISE}: twin`])
    }))

  it('between the copies of two identical messages leaves both in one place', () =>
    servers.on('noMove', async (it) => {
      const raw = mail('twin')
      const uids = [await append(it, raw), await append(it, raw)]
      const messages = await Promise.all(uids.map((uid) => movable(it.client, uid)))
      // Both were copied by runs that were cut off before they could claim a copy.
      for (const uid of uids) await it.reader.messageCopy(String(uid), it.mailboxes.noise, { uid: true })
      for (const message of messages) {
        const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
        expect(result).toMatchObject({ moved: true })
      }
      expect(await places(it)).toEqual([`${NOISE}: twin`, `${NOISE}: twin`])
    }))

  it('is said to be gone when the destination is gone as well', () =>
    servers.on('full', async (it) => {
      const uid = await append(it, mail('away'))
      const message = await movable(it.client, uid)
      await it.reader.messageDelete(String(uid), { uid: true })
      await it.reader.mailboxDelete(NOISE)
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      expect(result).toEqual({ moved: false, reason: 'gone' })
    }))
})
