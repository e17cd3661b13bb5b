import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { until } from '../service/client.ts'
import { end } from '../service/processes.ts'
import type { Fault } from './script.ts'
import { startProcess, USER, type World } from './world.ts'

/** Brings one fault about, waits as long as it lasts, and makes it good again. */
export async function inject(fault: Fault, world: World): Promise<void> {
  const target = 'target' in fault ? ` ${fault.target}` : ''
  world.journal.note(`${fault.kind}${target} for ${fault.forMs} ms`)
  if ('target' in fault) await hurtProcess(fault, world)
  else await SERVERS[fault.kind](world, fault.forMs)
  world.journal.note(`${fault.kind}${target} is over`)
}

async function hurtProcess(fault: Extract<Fault, { target: string }>, world: World): Promise<void> {
  const child = world.processes.get(fault.target)
  if (!child) return
  if (fault.kind === 'SIGSTOP') {
    child.kill('SIGSTOP')
    await delay(fault.forMs)
    child.kill('SIGCONT')
    return
  }
  await end(child, fault.kind)
  await delay(fault.forMs)
  // Another fault may have ended and restarted it meanwhile.
  if (world.processes.get(fault.target) === child) startProcess(world, fault.target)
}

type Infliction = (world: World, forMs: number) => Promise<void>

const SERVERS: Record<Exclude<Fault, { target: string }>['kind'], Infliction> = {
  'redis-kill': ({ redis }, forMs) =>
    alone(redis, async () => {
      await redis.kill()
      await delay(forMs)
      await redis.start()
    }),
  'redis-pause': ({ redis }, forMs) =>
    alone(redis, async () => {
      redis.pause()
      await delay(forMs)
      redis.resume()
    }),
  'redis-read-only': ({ redis }, forMs) => configured(redis, forMs, ['min-replicas-to-write', '1', '0']),
  'redis-full': ({ redis }, forMs) => configured(redis, forMs, ['maxmemory', '1', '0']),
  'redis-wipe': ({ redis }) => alone(redis, () => redis.restartEmpty()),
  'dovecot-kill': (world, forMs) =>
    world.withMailServer(async () => {
      await world.dovecot.kill()
      await delay(forMs)
      await world.dovecot.start()
    }),
  'dovecot-restart': (world) => world.withMailServer(() => world.dovecot.restart()),
  'dovecot-renumber': (world) => world.withMailServer(() => renumber(world)),
  kick: async ({ dovecot, withMailServer }) => {
    await withMailServer(async () => {
      await dovecot.doveadm('kick', USER).catch(nobodyThere)
    })
  },
  cut: async ({ proxy }, forMs) => {
    proxy.cut()
    proxy.refusing = true
    await delay(forMs / 4)
    proxy.refusing = false
  },
  freeze: async ({ proxy }, forMs) => {
    proxy.freeze()
    await delay(forMs)
    proxy.thaw()
  },
  delay: async ({ proxy }, forMs) => {
    proxy.delayMs = 150
    await delay(forMs)
    proxy.delayMs = 0
  },
}

/** doveadm exits with 68 when there was no session to end. */
function nobodyThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== 68) throw error
}

/** INBOX loses its index and list of UIDs, as after a restored backup: same messages, other UIDs. */
async function renumber({ dovecot }: World): Promise<void> {
  await dovecot.kill()
  const maildir = dovecot.maildir(USER)
  const lost = ['dovecot-uidlist', 'dovecot.index', 'dovecot.index.cache', 'dovecot.index.log']
  await Promise.all(lost.map((name) => rm(path.join(maildir, name), { force: true })))
  await dovecot.start()
}

const busy = new WeakMap<object, Promise<unknown>>()

/** Faults of one Redis follow each other: a server cannot be killed while it is being started. */
function alone<T>(server: object, work: () => Promise<T>): Promise<T> {
  const next = (busy.get(server) ?? Promise.resolve()).then(work)
  busy.set(
    server,
    next.catch(() => undefined),
  )
  return next
}

function configured(redis: World['redis'], forMs: number, [name, bad, good]: [string, string, string]): Promise<void> {
  return alone(redis, async () => {
    await configure(redis.url, name, bad)
    await delay(forMs)
    await configure(redis.url, name, good)
  })
}

async function configure(url: string, name: string, value: string): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 3 })
  client.on('error', () => undefined)
  await until(`CONFIG SET ${name}`, async () => ((await client.config('SET', name, value)) === 'OK' ? true : undefined))
  client.disconnect()
}
