import { domainOf, organisationOf } from './addresses.ts'
import type { Message } from './message.ts'
import type { Reader } from './reader.ts'

/**
 * What is proven about the From address.
 * `pass`: aligned DMARC, DKIM or SPF, said by the reader's own server. `fail`: that server says it is forged.
 * `absent`: it proves nothing either way. `stated`: the account states that its server adds no such header.
 * `unknown`: the reader's server has not been learned yet.
 */
export interface Authentication {
  readonly status: 'pass' | 'fail' | 'absent' | 'stated' | 'unknown'
  /** The header's parts it rests on. */
  readonly words: readonly string[]
}

interface Result {
  readonly method: string
  readonly result: string
  readonly domain: string
}

const PROPERTY = /\b(header\.from|header\.d|header\.i|smtp\.mailfrom|smtp\.helo|envelope-from)\s*=\s*"?<?([^\s;">]+)/gi
const METHOD = /^\s*(dmarc|dkim|spf|arc)\s*(?:\/\d+)?\s*=\s*([a-z]+)/i

/** Verdict on the From domain by RFC 8601 headers of the trusted authserv-id alone, topmost first. */
export function authenticationOf(message: Message, reader: Reader): Authentication {
  if (reader.authservId === null) return { status: 'unknown', words: [] }
  if (reader.authservId === 'none') return { status: 'stated', words: [] }
  const own = trustedHeaders(message, reader.authservId)
  const from = domainOf(message.from?.address ?? '')
  if (!own || from === '') return { status: 'absent', words: [] }
  return judge(own.flatMap(resultsOf), organisationOf(from))
}

/** Only an unbroken run from the top counts: what stands below another server's header may have come with the message. */
function trustedHeaders(message: Message, authservId: string): string[] | null {
  const values = message.headers.get('authentication-results') ?? []
  const firstForeign = values.findIndex((value) => authservIdOf(value) !== authservId.toLowerCase())
  const own = firstForeign < 0 ? values : values.slice(0, firstForeign)
  return own.length > 0 ? [...own] : null
}

/** The authserv-id of one header value (RFC 8601 2.5), lower case; '' when malformed. */
export function authservIdOf(value: string): string {
  const first = value.slice(0, 300).split(';', 1)[0] ?? ''
  return withoutComments(first).trim().split(/\s+/, 1)[0]?.toLowerCase() ?? ''
}

function withoutComments(value: string): string {
  let depth = 0
  let out = ''
  for (const char of value) {
    if (char === '(') depth++
    else if (char === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) out += char
  }
  return out
}

function resultsOf(value: string): Result[] {
  const parts = withoutComments(value).split(';').slice(1)
  return parts.flatMap((part) => {
    const method = METHOD.exec(part)
    if (!method) return []
    return [{ method: method[1]!.toLowerCase(), result: method[2]!.toLowerCase(), domain: propertyDomain(part) }]
  })
}

function propertyDomain(part: string): string {
  for (const found of part.matchAll(PROPERTY)) {
    const value = found[2]!.toLowerCase()
    return value.includes('@') ? domainOf(value) : value
  }
  return ''
}

function judge(results: readonly Result[], from: string): Authentication {
  const aligned = (result: Result) => organisationOf(result.domain) === from
  const passed = results.find(
    (r) =>
      r.result === 'pass' && r.method !== 'arc' && (r.method === 'dmarc' ? aligned(r) || r.domain === '' : aligned(r)),
  )
  const dmarcFailed = results.find((r) => r.method === 'dmarc' && r.result === 'fail')
  if (dmarcFailed) return { status: 'fail', words: [`dmarc=${dmarcFailed.result}`] }
  if (passed) return { status: 'pass', words: [`${passed.method}=pass`] }
  const failed = results.find(
    (r) => (r.method === 'spf' || r.method === 'dkim') && (r.result === 'fail' || r.result === 'softfail'),
  )
  return failed ? { status: 'fail', words: [`${failed.method}=${failed.result}`] } : { status: 'absent', words: [] }
}
