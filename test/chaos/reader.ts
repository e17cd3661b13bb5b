import type { ImapFlow } from 'imapflow'
import { connectAs } from '../servers/mailboxes.ts'
import type { Delivered } from './ledger.ts'
import type { Act, Script } from './script.ts'
import { USER, type World } from './world.ts'

/** Paths of the mailboxes a reader knows, as this server spells them. */
export function pathsOf({ prefix, separator }: Script) {
  return { inbox: 'INBOX', noise: `${prefix}Worthwhile${separator}Noise`, own: `${prefix}Projects` }
}

interface Reading {
  readonly client: ImapFlow
  readonly act: Act
  readonly paths: ReturnType<typeof pathsOf>
  readonly ledger: ReadonlyMap<string, Delivered>
}

/** Does one thing as a person with an ordinary mail program, and writes down what became of it. */
export function read(act: Act, script: Script, ledger: ReadonlyMap<string, Delivered>, world: World): Promise<void> {
  return world.withMailServer(async () => {
    const client = await connectAs(world.dovecot, USER)
    try {
      // The command stays when a profile hides it; a person's drag then is one step, so that its outcome is known.
      client.capabilities.set('MOVE', true)
      client.capabilities.set('UIDPLUS', true)
      const done = await perform({ client, act, paths: pathsOf(script), ledger })
      world.journal.note(`the reader: ${act.kind} ${done}`)
    } finally {
      await client.logout()
    }
  })
}

async function perform(it: Reading): Promise<string> {
  const { client, act, paths } = it
  const from = act.kind === 'rescue' ? paths.noise : paths.inbox
  if (!(await client.list()).some(({ path }) => path === from)) return 'found no such mailbox'
  const { exists } = await client.mailboxOpen(from)
  if (exists === 0) return 'found nothing'
  const found = (await client.fetchAll('1:*', { uid: true, envelope: true })).flatMap(({ uid, envelope }) => {
    const known = it.ledger.get(envelope?.messageId ?? '')
    // Which of two twins was meant could not be told afterwards.
    return known?.copies === 1 ? [{ uid, known }] : []
  })
  const chosen = found[Math.floor(act.choice * found.length)]
  if (!chosen) return 'found nothing'
  return `${chosen.known.messageId}: ${await ACTS[act.kind](it, String(chosen.uid), chosen.known)}`
}

type Doing = (it: Reading, uid: string, known: Delivered) => Promise<string>

const ACTS: Record<Act['kind'], Doing> = {
  rescue: (it, uid, known) => drag(it, uid, known, it.paths.inbox),
  bury: (it, uid, known) => drag(it, uid, known, it.paths.noise),
  file: (it, uid, known) => drag(it, uid, known, it.paths.own),
  flag: (it, uid, known) => mark(it, uid, known, '\\Flagged'),
  read: (it, uid, known) => mark(it, uid, known, '\\Seen'),
  delete: remove,
}

async function drag({ client }: Reading, uid: string, known: Delivered, to: string): Promise<string> {
  if (!(await client.list()).some(({ path }) => path === to)) await client.mailboxCreate(to)
  const answer = await client.messageMove(uid, to, { uid: true })
  const arrived = answer ? answer.uidMap?.get(Number(uid)) : undefined
  if (arrived === undefined) return 'was gone'
  known.placed = to
  return `to ${to}`
}

async function mark({ client }: Reading, uid: string, known: Delivered, flag: string): Promise<string> {
  await client.messageFlagsAdd(uid, [flag], { uid: true })
  const now = await client.fetchOne(uid, { uid: true, flags: true }, { uid: true })
  const isSure = now ? now.flags?.has(flag) : false
  ;(isSure ? known.flags : known.maybeFlags).add(flag)
  return isSure ? flag : `${flag}, perhaps`
}

async function remove({ client, paths }: Reading, uid: string, known: Delivered): Promise<string> {
  await client.messageDelete(uid, { uid: true })
  if (!(await client.list()).some(({ path }) => path === paths.noise)) return removed(known)
  await client.mailboxOpen(paths.noise)
  const elsewhere = await client.search({ header: { 'Message-ID': known.messageId } }, { uid: true })
  if (!elsewhere || elsewhere.length === 0) return removed(known)
  known.deleted = 'maybe'
  known.maybeFlags.add('\\Deleted')
  return 'was being moved'
}

function removed(known: Delivered): string {
  known.deleted = 'yes'
  return 'deleted'
}
