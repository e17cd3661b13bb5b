import { describe, expect, it } from 'vitest'
import { WorthwhileError } from '../../../src/errors.ts'
import { type Claim, type Movable, type MoveResult, moveMessage } from '../../../src/imap/move.ts'
import { SessionPool } from '../../../src/imap/sessions.ts'
import { accountOf, append, arranged, movable } from './arrangement.ts'
import { anyClaim, mail, NOISE, type Owner, places, Servers } from './moving.ts'
import { startWiretap } from './wiretap.ts'

const servers = new Servers(['full', 'noMove', 'noUidplus'])
const MESSAGES = 24
const WORKERS = 4

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Task {
  readonly message: Movable
  readonly claim: Claim
}

/** Every second message has an identical twin. */
async function prepare({ dovecot, user }: Owner): Promise<Task[]> {
  const tasks: Task[] = []
  await arranged(dovecot, user, async (it) => {
    for (let i = 0; i < MESSAGES; i += 3) {
      const twin = mail('twin')
      for (const raw of [mail('single'), twin, twin]) {
        const message = await movable(it.client, await append(it, raw))
        tasks.push({ message, claim: anyClaim({ dovecot, user }) })
      }
    }
  })
  return tasks
}

/** Moves as a job does: whatever fails is run again, and knows that it is. */
async function moveAtLast(
  { message, claim }: Task,
  pool: SessionPool,
  owner: Owner,
  port: number,
): Promise<MoveResult> {
  for (let resumed = false; ; resumed = true) {
    try {
      const { client, mailboxes } = await pool.open(accountOf(owner.dovecot, owner.user, port))
      const path = { source: mailboxes.inbox, destination: mailboxes.noise }
      return await moveMessage(client, message, path, claim, resumed)
    } catch (error) {
      if (!(error instanceof WorthwhileError) || !error.retry) throw error
    }
  }
}

async function moveAll(tasks: Task[], owner: Owner, port: number): Promise<MoveResult[]> {
  const results: MoveResult[] = []
  const queue = [...tasks]
  const pool = new SessionPool(async () => owner.dovecot.users[owner.user] ?? '')
  const work = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) results.push(await moveAtLast(task, pool, owner, port))
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  await pool.close()
  return results
}

describe.each(['full', 'noMove', 'noUidplus'] as const)(
  'moves over a link that is cut again and again (%s)',
  (profile) => {
    it.each([1, 2, 3])('end with every message moved, once (seed %i)', async (seed) => {
      const owner = servers.take(profile)
      const tasks = await prepare(owner)
      const chance = random(seed)
      let cuts = 0
      const tap = await startWiretap(owner.dovecot.port, (line) => {
        if (chance() >= 0.006) return line
        cuts += 1
        return null
      })
      const results = await moveAll(tasks, owner, tap.port)
      await tap.close()
      expect(cuts).toBeGreaterThan(0)
      expect(results.filter(({ moved }) => moved)).toHaveLength(MESSAGES)
      const uids = results.map((result) => result.moved && result.uid)
      expect(new Set(uids).size).toBe(MESSAGES)
      const expected = tasks.map((_, i) => `${NOISE}: ${i % 3 === 0 ? 'single' : 'twin'}`)
      expect(await places(owner)).toEqual(expected.sort())
    })
  },
)
