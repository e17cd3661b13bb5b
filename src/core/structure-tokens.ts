import { domainOf, organisationOf } from './addresses.ts'
import type { Reading } from './reading.ts'

/** Headers that only the reader's own server or mail program wrote: they tell nothing apart. */
const OWN_HEADERS = new Set(
  'authentication-results received-spf dkim-signature arc-seal arc-message-signature arc-authentication-results x-received status content-length lines x-status x-keywords x-uid delivered-to x-spam-status x-spam-level'.split(
    ' ',
  ),
)
/** Headers whose words name programs, lists and habits. */
const TELLING_HEADERS = [
  'x-mailer',
  'user-agent',
  'precedence',
  'sender',
  'errors-to',
  'organization',
  'x-priority',
  'importance',
  'content-transfer-encoding',
]
const RECEIVED_FROM = /\b(?:from|by)\s+\[?([\w.-]{2,100})/gi

/** Tokens of how a message is built and came, the most telling first; only the reader's own counts know them. */
export function* structureTokens(reading: Reading): Generator<string> {
  const { message } = reading
  yield* senderTokens(reading)
  yield `x:auth ${reading.authentication.status}`
  yield `x:type ${(message.headers.get('content-type')?.[0] ?? 'none').split(';', 1)[0]?.trim().toLowerCase()}`
  for (const file of message.attachments.slice(0, 4)) yield `x:file ${file.contentType}`
  for (const host of reading.linkHosts.slice(0, 12)) yield `l:${organisationOf(host)}`
  yield* addressTokens(reading)
  yield* headerTokens(message.headers)
  yield* routeTokens(message.headers)
  yield* orderTokens([...message.headers.keys()])
}

function* senderTokens({ from, organisation, message }: Reading): Generator<string> {
  if (from) yield* [`f:${from}`, `f:@${organisation}`]
  for (const word of message.from?.name
    .toLowerCase()
    .match(/\p{L}+/gu)
    ?.slice(0, 4) ?? [])
    yield `n:${word}`
  if (message.returnPath) yield `e:${organisationOf(domainOf(message.returnPath))}`
  yield `i:${organisationOf(domainOf(message.messageId ?? 'none'))}`
  yield `i:${shapeOf(message.messageId ?? '')}`
}

/** What program makes such Message-IDs: letters and numbers by kind, not by value. */
function shapeOf(id: string): string {
  const local = id.slice(0, Math.max(0, id.lastIndexOf('@'))).slice(0, 80)
  return local
    .replace(/[0-9a-f]{6,}/gi, 'H')
    .replace(/\d+/g, '0')
    .slice(0, 20)
}

function* addressTokens({ message }: Reading): Generator<string> {
  yield `x:to ${Math.min(9, message.to.length + message.cc.length)}`
  for (const { address } of [...message.to, ...message.cc].slice(0, 6))
    yield* [`t:${address}`, `t:@${organisationOf(domainOf(address))}`]
  for (const { address } of message.replyTo.slice(0, 1)) yield `y:${address}`
}

function* headerTokens(headers: ReadonlyMap<string, readonly string[]>): Generator<string> {
  for (const name of headers.keys()) if (!OWN_HEADERS.has(name)) yield `h:${name}`
  for (const name of TELLING_HEADERS) {
    const words =
      headers
        .get(name)?.[0]
        ?.toLowerCase()
        .split(/[^a-z0-9.@-]+/) ?? []
    for (const word of words.filter(Boolean).slice(0, 5)) yield `m:${name} ${word}`
  }
  yield `x:charset ${/charset="?([\w-]{1,30})/i.exec(headers.get('content-type')?.[0] ?? '')?.[1]?.toLowerCase() ?? 'none'}`
  yield `x:zone ${/[+-]\d{4}/.exec(headers.get('date')?.[0] ?? '')?.[0] ?? 'none'}`
}

/** Organisations and networks on the way here. */
function* routeTokens(headers: ReadonlyMap<string, readonly string[]>): Generator<string> {
  const hops = headers.get('received') ?? []
  yield `x:hops ${Math.min(9, hops.length)}`
  for (const hop of hops.slice(0, 8)) {
    for (const found of hop.slice(0, 500).matchAll(RECEIVED_FROM)) {
      const host = (found[1] ?? '').toLowerCase()
      yield `r:${/^[\d.]+$/.test(host) ? host.split('.', 2).join('.') : organisationOf(host)}`
    }
  }
}

/** Mail programs write headers in an order of their own. */
function* orderTokens(names: readonly string[]): Generator<string> {
  const own = names.filter((name) => !OWN_HEADERS.has(name) && name !== 'received').slice(0, 30)
  for (let at = 1; at < own.length; at++) yield `o:${own[at - 1]}>${own[at]}`
}
