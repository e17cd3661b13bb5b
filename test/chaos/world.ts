import type { ChildProcess } from 'node:child_process'
import { type Dovecot, startDovecot } from '../../src/demo/dovecot.ts'
import { startProxy, type TcpProxy } from '../servers/proxy.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import type { ServiceClient } from '../service/client.ts'
import { EVERY_STRANGER_IS_NOISE, end, ServiceProcesses } from '../service/processes.ts'
import type { Journal } from './journal.ts'
import { type Script, TARGETS, type Target } from './script.ts'

export const USER = 'reader'

/** Real servers and the real service in split roles, with a network in between that can fail. */
export interface World {
  readonly dovecot: Dovecot
  readonly redis: RedisServer
  readonly proxy: TcpProxy
  readonly service: ServiceProcesses
  readonly client: ServiceClient
  readonly processes: Map<Target, ChildProcess>
  readonly journal: Journal
  /** Runs one thing at a time with the mail server: the simulated reader and the postman do not work while it is down. */
  readonly withMailServer: <T>(work: () => Promise<T>) => Promise<T>
}

export async function startWorld({ profile, separator, prefix }: Script, journal: Journal): Promise<World> {
  const dovecot = await startDovecot({ users: { [USER]: 'secret' }, profile, separator, prefix })
  const redis = await startRedis()
  const proxy = await startProxy(dovecot.port)
  const service = await ServiceProcesses.prepare(redis.url, EVERY_STRANGER_IS_NOISE)
  const world: World = {
    dovecot,
    redis,
    proxy,
    service,
    client: service.client,
    processes: new Map(),
    journal,
    withMailServer: oneAtATime(),
  }
  try {
    await startService(world)
  } catch (error) {
    await endWorld(world)
    throw error
  }
  return world
}

async function startService(world: World): Promise<void> {
  const { dovecot, proxy, service, client } = world
  for (const target of TARGETS) startProcess(world, target)
  await service.ready()
  const imap = { host: dovecot.host, port: proxy.port, security: 'none', user: USER, password: 'secret' }
  await client.protect(dovecot, USER, { imap })
}

const ROLES = {
  api: 'api',
  poller0: 'poller',
  poller1: 'poller',
  worker0: 'classifier',
  worker1: 'classifier',
} as const

export function startProcess(world: World, target: Target): void {
  world.processes.set(target, world.service.start(ROLES[target]))
}

export async function endWorld({ processes, service, proxy, redis, dovecot }: World): Promise<void> {
  for (const child of processes.values()) {
    child.kill('SIGCONT')
    await end(child, 'SIGKILL')
  }
  await service.cleanup()
  await proxy.close()
  await redis.cleanup()
  await dovecot.cleanup()
}

function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}
