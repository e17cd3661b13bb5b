import { describe, expect, it } from 'vitest'
import { moveMessage } from '../../../src/imap/move.ts'
import { append, movable } from './arrangement.ts'
import { anyClaim, mail, NOISE, places, Servers, toNoise } from './moving.ts'

const servers = new Servers(['noMove', 'neither'])

describe('a move on a server with neither MOVE nor UIDPLUS', () => {
  it('is not attempted: the message stays', () =>
    servers.tapped('neither', async (it, tap) => {
      const message = await movable(it.client, await append(it, mail('staying')))
      const result = await moveMessage(it.client, message, toNoise(it), anyClaim(it), true)
      expect(result).toEqual({ moved: false, reason: 'unsupported' })
      expect(await places(it)).toEqual(['INBOX: staying'])
      expect(tap.commands.filter((line) => /^(UID )?(COPY|MOVE|STORE|EXPUNGE)/.test(line))).toEqual([])
    }))
})

describe('a move on a server without MOVE', () => {
  it('expunges by UID only', () =>
    servers.tapped('noMove', async (it, tap) => {
      const uid = await append(it, mail('careful'))
      await moveMessage(it.client, await movable(it.client, uid), toNoise(it), anyClaim(it), false)
      expect(tap.commands.filter((line) => line.includes('EXPUNGE'))).toEqual([`UID EXPUNGE ${uid}`])
    }))

  it('removes nothing when somebody else has claimed the copy', () =>
    servers.on('noMove', async (it) => {
      const uid = await append(it, mail('contested'))
      const result = await moveMessage(it.client, await movable(it.client, uid), toNoise(it), async () => false, false)
      expect(result).toEqual({ moved: false, reason: 'refused' })
      expect(await places(it)).toContain('INBOX: contested')
    }))

  it('is tried again when the copy is proven but the source stays', () =>
    servers.tapped('noMove', async (it, tap) => {
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
