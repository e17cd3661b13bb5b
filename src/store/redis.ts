import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { WorthwhileError } from '../errors.ts'
import { REDIS_COMMAND_TIMEOUT_MS } from '../limits.ts'

export type RedisClient = Redis | Cluster

/** How a connection behaves while Redis is away: `request` fails soon, `worker` waits for ever (BullMQ demands it). */
export type RedisUse = 'request' | 'worker'

/**
 * A client for any kind of Redis, named by one URL:
 * `redis://[user:password@]host:port/db`, `rediss://…` (TLS), `unix:///path/to/socket`,
 * `sentinel://[:password@]host:port,host:port/master-name?db=0` and `cluster://host:port,host:port` (`sentinels://`, `clusters://` with TLS).
 */
export function connectRedis(url: string, use: RedisUse): RedisClient {
  const options = use === 'worker' ? workerOptions : requestOptions
  const [scheme = '', rest = ''] = url.split('://', 2)
  if (scheme === 'unix') return new Redis({ ...options, path: rest })
  if (scheme.startsWith('sentinel')) return new Redis({ ...sentinelOptions(scheme, rest), ...options })
  if (scheme.startsWith('cluster')) return connectCluster(scheme, rest, options)
  return new Redis(url, options)
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

interface Endpoints {
  nodes: { host: string; port: number }[]
  username?: string
  password?: string
  path: string
  query: URLSearchParams
}

function parseEndpoints(rest: string, defaultPort: number): Endpoints {
  const [authority = '', tail = ''] = splitOnce(rest, '/')
  const [path = '', query = ''] = splitOnce(tail, '?')
  const at = authority.lastIndexOf('@')
  const [username, password] = splitOnce(authority.slice(0, Math.max(at, 0)), ':').map(decodeURIComponent)
  const nodes = authority
    .slice(at + 1)
    .split(',')
    .map((node) => {
      const [host = '', port] = splitOnce(node, ':')
      return { host, port: Number(port) || defaultPort }
    })
  return {
    nodes,
    path,
    query: new URLSearchParams(query),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

function sentinelOptions(scheme: string, rest: string): Partial<RedisOptions> {
  const { nodes, path, query, username, password } = parseEndpoints(rest, 26379)
  const tls = scheme.endsWith('s') ? { tls: {}, enableTLSForSentinelMode: true } : {}
  return {
    sentinels: nodes,
    name: path || 'mymaster',
    db: Number(query.get('db') ?? 0),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(query.has('sentinelPassword') ? { sentinelPassword: query.get('sentinelPassword') ?? '' } : {}),
    ...tls,
  }
}

function connectCluster(scheme: string, rest: string, options: Options): Cluster {
  const { nodes, username, password } = parseEndpoints(rest, 6379)
  const redisOptions: Options = {
    ...options,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(scheme.endsWith('s') ? { tls: {} } : {}),
  }
  return new Cluster(nodes, { redisOptions, clusterRetryStrategy: retryStrategy })
}

/** Runs a store operation and turns whatever Redis throws into STORE_UNAVAILABLE, naming the operation. */
export async function storing<T>(what: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (cause) {
    if (cause instanceof WorthwhileError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WorthwhileError('STORE_UNAVAILABLE', `Redis could not ${what}: ${reason}. It is tried again.`, { cause })
  }
}
