/** Which Redis a URL names, in parts. */
export interface RedisAddress {
  readonly kind: 'single' | 'unix' | 'sentinel' | 'cluster'
  readonly tls: boolean
  /** One server, or the sentinels or cluster nodes to ask first; empty for a unix socket. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** Path of the unix socket. */
  readonly socket: string
  readonly masterName: string
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly sentinelPassword?: string
  /** File with the certificate authority (PEM) to trust instead of the system's. */
  readonly caFile?: string
}

/** What a REDIS_URL may look like, for error texts. */
export const REDIS_URL_FORMS =
  'redis://[user:password@]host:port/db, unix:///path/to/socket, sentinel://[:password@]host:port,host:port/master-name or cluster://host:port,host:port; ' +
  'with TLS rediss://, sentinels://, clusters://, and ?ca=/path/to/ca.pem for an authority of your own; in a password / is written %2F and # %23'

const SCHEMES: Readonly<Record<string, { kind: RedisAddress['kind']; tls: boolean; port: number }>> = {
  redis: { kind: 'single', tls: false, port: 6379 },
  rediss: { kind: 'single', tls: true, port: 6379 },
  unix: { kind: 'unix', tls: false, port: 0 },
  sentinel: { kind: 'sentinel', tls: false, port: 26379 },
  sentinels: { kind: 'sentinel', tls: true, port: 26379 },
  cluster: { kind: 'cluster', tls: false, port: 6379 },
  clusters: { kind: 'cluster', tls: true, port: 6379 },
}
const PARAMETERS = ['db', 'ca', 'sentinelPassword']

/** The parts of a Redis URL; null when it is not one of REDIS_URL_FORMS. */
export function parseRedisUrl(url: string): RedisAddress | null {
  const [, name = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(url) ?? []
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  const [place, search] = splitOnce(rest, '?')
  const query = new URLSearchParams(search)
  if (scheme?.kind === 'unix')
    return rest.startsWith('/') ? addressOf(scheme, [], rest, '', new URLSearchParams()) : null
  if (!scheme || [...query.keys()].some((key) => !PARAMETERS.includes(key))) return null
  const [authority, path] = splitOnce(place, '/')
  const at = authority.lastIndexOf('@')
  const nodes = authority
    .slice(at + 1)
    .split(',')
    .map((node) => parseNode(node, scheme.port))
  if (nodes.includes(null)) return null
  return addressOf(scheme, nodes as RedisAddress['nodes'], path, authority.slice(0, Math.max(at, 0)), query)
}

function addressOf(
  { kind, tls }: { kind: RedisAddress['kind']; tls: boolean },
  nodes: RedisAddress['nodes'],
  path: string,
  login: string,
  query: URLSearchParams,
): RedisAddress | null {
  const db = query.get('db') ?? ((kind === 'single' && path) || '0')
  const [username, password] = splitOnce(login, ':').map(decoded)
  if (!/^\d{1,4}$/.test(db) || username === null || password === null) return null
  if (kind === 'cluster' && (path !== '' || db !== '0')) return null
  const sentinelPassword = query.get('sentinelPassword')
  const caFile = query.get('ca')
  return {
    kind,
    tls,
    nodes,
    socket: kind === 'unix' ? path : '',
    masterName: kind === 'sentinel' ? path || 'mymaster' : '',
    db: Number(db),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(caFile ? { caFile } : {}),
  }
}

function parseNode(text: string, defaultPort: number): { host: string; port: number } | null {
  const [, v6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = v6 ?? name
  const number = Number(port ?? defaultPort)
  return host && number >= 1 && number <= 65535 ? { host, port: number } : null
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
