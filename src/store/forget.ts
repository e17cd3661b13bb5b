import { Cluster, type Redis } from 'ioredis'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** Every key of the store is looked at: about a million a second. */
const FORGET_TIMEOUT_MS = 60_000

/** Erases everything the store holds about an account. */
export async function forgetAccount(redis: RedisClient, accountId: string): Promise<void> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis]
  const erase = async () => {
    for (const node of nodes) await forgetOn(node, keys.everythingOf(accountId))
  }
  await storing('forget an account', erase, FORGET_TIMEOUT_MS)
}

async function forgetOn(node: Redis, pattern: string): Promise<void> {
  for await (const found of node.scanStream({ match: pattern, count: 1_000 })) {
    const names = found as string[]
    if (names.length > 0) await node.unlink(...names)
  }
}
