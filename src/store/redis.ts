import { readFileSync } from 'node:fs'
import { type ChainableCommander, Cluster, Redis, type RedisOptions } from 'ioredis'
import { WorthwhileError } from '../errors.ts'
import { REDIS_COMMAND_TIMEOUT_MS } from '../limits.ts'
import { parseRedisUrl, REDIS_URL_FORMS, type RedisAddress } from '../settings/redis-url.ts'

export type RedisClient = Redis | Cluster

/** How a connection behaves while Redis is away: `request` fails soon, `worker` waits for ever (BullMQ demands it). */
export type RedisUse = 'request' | 'worker'

/** A client for any kind of Redis, named by one URL (see REDIS_URL_FORMS). Throws SETTINGS_INVALID. */
export function connectRedis(url: string, use: RedisUse): RedisClient {
  const address = parseRedisUrl(url)
  if (!address) throw new WorthwhileError('SETTINGS_INVALID', `REDIS_URL must look like ${REDIS_URL_FORMS}`)
  const options = { ...(use === 'worker' ? workerOptions : requestOptions), ...loginOf(address) }
  if (address.kind === 'cluster') return connectCluster(address, options)
  if (address.kind === 'unix') return new Redis({ ...options, path: address.socket })
  if (address.kind === 'sentinel') return new Redis({ ...options, ...sentinelOptions(address) })
  return new Redis({ ...options, ...address.nodes[0] })
}

/** Replies stay as Redis 7 sends them, whatever the library's default becomes. */
type Options = RedisOptions & { replyMapping: 'legacy' }

const retryStrategy = (attempt: number) => Math.min(100 * attempt, 1_000)
const workerOptions: Options = {
  replyMapping: 'legacy',
  maxRetriesPerRequest: null,
  retryStrategy,
  connectTimeout: 5_000,
}
const requestOptions: Options = {
  replyMapping: 'legacy',
  maxRetriesPerRequest: 1,
  retryStrategy,
  connectTimeout: 5_000,
  commandTimeout: REDIS_COMMAND_TIMEOUT_MS,
}

function loginOf(address: RedisAddress): Pick<RedisOptions, 'db' | 'username' | 'password' | 'tls'> {
  const { username, password, db } = address
  return {
    db,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(address.tls ? { tls: tlsOptions(address) } : {}),
  }
}

/** The certificate is always verified: against the authority in the file that `?ca=` names, else against the system's. */
function tlsOptions({ caFile }: RedisAddress): { ca?: Buffer } {
  if (!caFile) return {}
  try {
    return { ca: readFileSync(caFile) }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    throw new WorthwhileError('SETTINGS_INVALID', `REDIS_URL names a ca file that cannot be read (${code})`, { cause })
  }
}

function sentinelOptions(address: RedisAddress): Omit<RedisOptions, 'replyMapping'> {
  const { nodes, masterName, sentinelPassword } = address
  return {
    sentinels: [...nodes],
    name: masterName,
    // A sentinel in the middle of a failover answers late rather than never.
    sentinelRetryStrategy: retryStrategy,
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(address.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(address) } : {}),
  }
}

function connectCluster({ nodes }: RedisAddress, redisOptions: Options): Cluster {
  // Nodes announce IP addresses; a name that was resolved could not be checked against a certificate.
  const dnsLookup = (host: string, found: (error: null, host: string) => void) => found(null, host)
  return new Cluster([...nodes], { redisOptions, clusterRetryStrategy: retryStrategy, dnsLookup })
}

/** Runs a Lua script with any number of keys and values: more than a call can spread over its arguments. */
export function evaluate(
  redis: RedisClient,
  script: string,
  names: readonly string[],
  values: readonly (string | Buffer | number)[],
): Promise<unknown> {
  return redis.call('eval', [script, names.length, ...names, ...values])
}

/** Carries out a transaction. Throws what the first command that failed threw. */
export async function execute(transaction: ChainableCommander): Promise<unknown[]> {
  const results = await transaction.exec()
  const failed = results?.find(([error]) => error)
  if (!results || failed) throw failed?.[0] ?? new Error('the transaction was not carried out')
  return results.map(([, result]) => result)
}

/** ms until an operation of a few commands is given up: a client that never connected queues commands without end. */
const OPERATION_TIMEOUT_MS = 2 * REDIS_COMMAND_TIMEOUT_MS

/**
 * Runs a store operation and turns whatever Redis throws, or silence for too long, into STORE_UNAVAILABLE, naming the
 * operation. One that timed out may still be carried out later, so every operation can be repeated.
 */
export async function storing<T>(
  what: string,
  operation: () => Promise<T>,
  timeoutMs = OPERATION_TIMEOUT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    return await Promise.race([operation(), late])
  } catch (cause) {
    if (cause instanceof WorthwhileError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WorthwhileError('STORE_UNAVAILABLE', `Redis could not ${what}: ${reason}. It is tried again.`, { cause })
  } finally {
    clearTimeout(timer)
  }
}
