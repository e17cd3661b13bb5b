import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import { type Claim, type Movable, moveMessage } from '../../../src/imap/move.ts'
import { message, newMessageId } from '../../servers/message.ts'
import { type Arrangement, append, arranged, Claims, everything, movable, readers, takeTurns } from './arrangement.ts'
import { type Edit, startWiretap, type Wiretap } from './wiretap.ts'

const claims = new Map<string, Claims>()

/** A claim of a decision of its own among all that concern the same account. */
function anyClaim({ dovecot, user }: Pick<Arrangement, 'dovecot' | 'user'>): Claim {
  const account = `${user} ${dovecot.port}`
  const known = claims.get(account) ?? new Claims()
  claims.set(account, known)
  return known.by(newMessageId())
}

const toNoise = ({ mailboxes }: Arrangement) => ({ source: mailboxes.inbox, destination: mailboxes.noise })

/** Where the messages are, each as `mailbox: subject`. */
async function places({ dovecot, user }: Pick<Arrangement, 'dovecot' | 'user'>): Promise<string[]> {
  const subject = (source: string) => /^Subject: (.*)\r$/m.exec(source)?.[1] ?? ''
  return (await everything(dovecot, user)).map(({ path, source }) => `${path}: ${subject(source)}`).sort()
}

const mail = (subject: string) => message({ subject })

/** Three messages; resolves with their UIDs. */
async function three(it: Arrangement): Promise<[number, number, number]> {
  return [await append(it, mail('one')), await append(it, mail('two')), await append(it, mail('three'))]
}

const NOISE = 'Worthwhile/Noise'
const profiles = ['full', 'noMove', 'noUidplus', 'neither'] as const
type Profile = (typeof profiles)[number]
const servers = new Map<Profile, { dovecot: Dovecot; next: () => string }>()

beforeAll(async () => {
  for (const profile of profiles) {
    const dovecot = await startDovecot({ profile, users: readers(30) })
    servers.set(profile, { dovecot, next: takeTurns(dovecot) })
  }
})
afterAll(async () => {
  for (const { dovecot } of servers.values()) await dovecot.cleanup()
})

/** Plays on a fresh mailbox of the server with that profile. */
async function on(profile: Profile, act: (it: Arrangement) => Promise<void>): Promise<void> {
  const { dovecot, next } = servers.get(profile) ?? expect.fail(`no server ${profile}`)
  await arranged(dovecot, next(), act)
}

/** The same with every line of the service's connection in our hands. */
async function tapped(profile: Profile, act: (it: Arrangement, tap: Wiretap) => Promise<void>): Promise<void> {
  const { dovecot, next } = servers.get(profile) ?? expect.fail(`no server ${profile}`)
  const tap = await startWiretap(dovecot.port)
  try {
    await arranged(dovecot, next(), (it) => act(it, tap), tap.port)
  } finally {
    await tap.close()
  }
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
    on(profile, async (it) => {
      const [, two] = await three(it)
      const result = await moveMessage(it.client, await movable(it.client, two), toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', `${NOISE}: two`])
    }))

  it('leaves bytes, flags and date of receipt as they were', () =>
    on(profile, async (it) => {
      const received = new Date('2024-02-29T23:59:58Z')
      const uid = await append(it, mail('kept'), ['\\Seen', '$Forwarded'], received)
      const [before] = await everything(it.dovecot, it.user)
      await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
      expect(before).toMatchObject({ flags: ['$Forwarded', '\\Seen'], internalDate: received.getTime() })
      expect(await everything(it.dovecot, it.user)).toEqual([{ ...before, path: NOISE, uid: 1 }])
    }))

  it('does not claim a message that another client expunged, and loses nothing else', () =>
    on(profile, async (it) => {
      const [, two] = await three(it)
      const message = await movable(it.client, two)
      await it.reader.messageDelete(String(two), { uid: true })
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three'])
    }))

  it('does not claim a message that is expunged at the last moment, and loses nothing else', () =>
    tapped(profile, async (it, tap) => {
      const [, two] = await three(it)
      const message = await movable(it.client, two)
      tap.edit = justBeforeTheMove(() => it.reader.messageDelete(String(two), { uid: true }))
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three'])
    }))

  it('does not claim a message that the reader files elsewhere at the last moment', () =>
    tapped(profile, async (it, tap) => {
      const uid = await append(it, mail('filed'))
      const message = await movable(it.client, uid)
      tap.edit = justBeforeTheMove(() => it.reader.messageMove(String(uid), 'Archive', { uid: true }))
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'gone' })
      expect(await places(it)).toEqual([])
    }))

  it('moves a message that another connection saw first', () =>
    on(profile, async (it) => {
      const uid = await append(it, mail('seen elsewhere'))
      const { sizeBytes, matches } = { sizeBytes: 0, matches: () => false }
      await it.reader.noop()
      const result = await moveMessage(it.client, { uid, sizeBytes, matches }, toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual([`${NOISE}: seen elsewhere`])
    }))

  it('never expunges what the reader marked as deleted', () =>
    on(profile, async (it) => {
      const [one, two] = await three(it)
      await it.reader.messageFlagsAdd(String(one), ['\\Deleted'], { uid: true })
      await moveMessage(it.client, await movable(it.client, two), toNoise(it), anyClaim(it), false)
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', `${NOISE}: two`])
    }))

  it('makes a destination again that the reader removed', () =>
    on(profile, async (it) => {
      const uid = await append(it, mail('homeless'))
      await it.reader.mailboxDelete(NOISE)
      const result = await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
      expect(result).toMatchObject({ moved: true })
      expect(await places(it)).toEqual([`${NOISE}: homeless`])
      const again = (await it.reader.list()).find(({ path }) => path === NOISE)
      expect(again?.subscribed).toBe(true)
    }))

  it('leaves the message in place when the destination cannot be made', () =>
    on(profile, async (it) => {
      const uid = await append(it, mail('staying'))
      const path = { source: 'INBOX', destination: 'Worthwhile/Noise/\x01' }
      const result = await moveMessage(it.client, await movable(it.client, uid), path, anyClaim(it), false)
      expect(result).toEqual({ moved: false, reason: 'refused' })
      expect(await places(it)).toEqual(['INBOX: staying'])
    }))

  it('gives each of two identical messages its own copy', () =>
    on(profile, async (it) => {
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
    tapped(profile, async (it, tap) => {
      const [, two] = await three(it)
      tap.edit = withoutCopyUid
      const result = await moveMessage(it.client, await movable(it.client, two), toNoise(it), anyClaim(it), false)
      expect(result).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', `${NOISE}: two`])
    }))

  it('is not taken for done, nor the message for gone, when the server refuses to search', () =>
    tapped(profile, async (it, tap) => {
      const uid = await append(it, mail('asked for'))
      const message = await movable(it.client, uid)
      tap.edit = (line, from) => (from === 'client' ? line.replace(/ UID SEARCH .*/, ' UID SEARCH NONSENSE') : line)
      const moving = moveMessage(it.client, message, toNoise(it), anyClaim(it), false)
      await expect(moving).rejects.toMatchObject({ code: 'IMAP_REFUSED' })
      expect(await places(it)).toEqual(['INBOX: asked for'])
    }))

  it('refuses to act on a UID of an INBOX that was renumbered', () =>
    on(profile, async (it) => {
      const uid = await append(it, mail('other'))
      const message = { ...(await movable(it.client, uid)), uidValidity: '1' }
      const moving = moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      await expect(moving).rejects.toMatchObject({ code: 'UIDVALIDITY_CHANGED' })
      expect(await places(it)).toEqual(['INBOX: other'])
    }))
})

describe('a move on a server with neither MOVE nor UIDPLUS', () => {
  it('is not attempted: the message stays', () =>
    tapped('neither', async (it, tap) => {
      const [, two] = await three(it)
      const message = await movable(it.client, two)
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      expect(result).toEqual({ moved: false, reason: 'unsupported' })
      expect(await places(it)).toEqual(['INBOX: one', 'INBOX: three', 'INBOX: two'])
      expect(tap.commands.filter((line) => /^(UID )?(COPY|MOVE|STORE|EXPUNGE)/.test(line))).toEqual([])
    }))
})

describe('a move on a server without MOVE', () => {
  it('expunges by UID only', () =>
    tapped('noMove', async (it, tap) => {
      const uid = await append(it, mail('careful'))
      await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
      expect(tap.commands.filter((line) => line.includes('EXPUNGE'))).toEqual([`UID EXPUNGE ${uid}`])
    }))

  it('removes nothing when somebody else has claimed the copy', () =>
    on('noMove', async (it) => {
      const uid = await append(it, mail('contested'))
      const result = await moveMessage(it.client, await movable(it.client, uid), toNoise(it), async () => false, false)
      expect(result).toEqual({ moved: false, reason: 'refused' })
      expect(await places(it)).toContain('INBOX: contested')
    }))

  it('is tried again when the copy is proven but the source stays', () =>
    tapped('noMove', async (it, tap) => {
      const uid = await append(it, mail('sticky'))
      const [message, claim] = [await movable(it.client, uid), anyClaim(it)]
      tap.edit = (line) => line.replace(/ UID EXPUNGE \d+/, ' NOOP')
      const moving = moveMessage(it.client, message, toNoise(it), claim, false)
      await expect(moving).rejects.toMatchObject({ code: 'IMAP_REFUSED', retry: true })
      tap.edit = (line) => line
      expect(await moveMessage(it.client, message, toNoise(it), claim, true)).toEqual({ moved: true, uid: 1 })
      expect(await places(it)).toEqual([`${NOISE}: sticky`])
    }))
})

/** Cuts the connection where `point` matches, then resumes on a new one. Resolves with what the second run said. */
async function cutAndResume(profile: Profile, point: RegExp, from: 'client' | 'server', prepare = prepareOne) {
  const { dovecot, next } = servers.get(profile) ?? expect.fail(`no server ${profile}`)
  const [user, tap] = [next(), await startWiretap(dovecot.port)]
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
    on('full', async (it) => {
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
    on('noMove', async (it) => {
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
    on('full', async (it) => {
      const uid = await append(it, mail('away'))
      const message = await movable(it.client, uid)
      await it.reader.messageDelete(String(uid), { uid: true })
      await it.reader.mailboxDelete(NOISE)
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      expect(result).toEqual({ moved: false, reason: 'gone' })
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
