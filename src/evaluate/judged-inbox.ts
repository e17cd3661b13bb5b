import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { authservIdOf } from '../core/authentication.ts'
import type { Message } from '../core/message.ts'
import type { Reader } from '../core/reader.ts'
import { parseMessage } from '../parse.ts'
import { parseCsv } from './csv.ts'

export type Label = 'valuable' | 'noise'

/** One message of a judged inbox. */
export interface JudgedMessage {
  /** As in labels.csv, e.g. `inbox/001.eml`. */
  readonly file: string
  readonly phase: 'sent' | 'history' | 'inbox'
  /** ms since 1970 UTC: the clock when it arrived. */
  readonly date: number
  readonly flags: readonly string[]
  /** null where nobody judged it. */
  readonly label: Label | null
  readonly kind: string
  readonly hard: boolean
  readonly why: string
  readonly message: Message
}

/** A judged inbox in the order of its labels.csv. */
export interface JudgedInbox {
  readonly name: string
  readonly reader: Reader
  readonly messages: readonly JudgedMessage[]
}

/**
 * Reads a directory in the layout of a judged inbox: `labels.csv`, the files it names, and `persona.json` where the reader is known.
 * A flat corpus has `inbox/` alone; its phase and date columns may be missing.
 * @throws Error when labels.csv or a file it names is missing.
 */
export async function loadJudgedInbox(directory: string): Promise<JudgedInbox> {
  const rows = parseCsv(readFileSync(join(directory, 'labels.csv'), 'utf8')).filter((row) => row['file'])
  const messages: JudgedMessage[] = []
  for (const row of rows) messages.push(await judgedMessage(directory, row))
  return {
    name: directory.replace(/\/+$/, '').split('/').pop() ?? directory,
    reader: readerOf(directory, messages),
    messages,
  }
}

async function judgedMessage(directory: string, row: Record<string, string>): Promise<JudgedMessage> {
  const message = await parseMessage(readFileSync(join(directory, row['file']!)))
  const stated = Date.parse(row['date'] ?? '')
  const phase = row['phase'] === 'sent' || row['phase'] === 'history' ? row['phase'] : 'inbox'
  return {
    file: row['file']!,
    phase,
    date: Number.isNaN(stated) ? (message.date ?? 0) : stated,
    flags: (row['flags'] ?? '').split(/\s+/).filter(Boolean),
    label: row['label'] === 'valuable' || row['label'] === 'noise' ? row['label'] : null,
    kind: row['kind'] ?? '',
    hard: row['hard'] === '1',
    why: row['why'] ?? '',
    message,
  }
}

/** What the account would state: addresses and authserv-id from persona.json; without one, the server that most of the mail names. */
function readerOf(directory: string, messages: readonly JudgedMessage[]): Reader {
  const file = join(directory, 'persona.json')
  if (!existsSync(file)) return { addresses: [], authservId: commonServer(messages) }
  const persona = JSON.parse(readFileSync(file, 'utf8')) as { addresses?: string[]; authserv_id?: string }
  return {
    addresses: (persona.addresses ?? []).map((one) => one.toLowerCase()),
    authservId: persona.authserv_id ?? commonServer(messages),
  }
}

function commonServer(messages: readonly JudgedMessage[]): string {
  const seen = new Map<string, number>()
  for (const { message } of messages) {
    const value = message.headers.get('authentication-results')?.[0]
    const id = value ? authservIdOf(value) : ''
    if (id) seen.set(id, (seen.get(id) ?? 0) + 1)
  }
  const [best] = [...seen].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return best && best[1] * 2 > messages.length ? best[0] : 'none'
}
