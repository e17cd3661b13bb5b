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
  readonly reader: Reader
  readonly message: Message
}

/** A judged inbox in the order of its labels.csv. */
export interface JudgedInbox {
  readonly name: string
  readonly messages: readonly JudgedMessage[]
}

/**
 * Reads a directory in the layout of a judged inbox: `labels.csv`, the files it names, and `persona.json` where the reader is known.
 * A flat corpus has `inbox/` alone; its phase and date columns may be missing.
 * @throws Error when labels.csv or a file it names is missing.
 */
export async function loadJudgedInbox(directory: string): Promise<JudgedInbox> {
  const rows = parseCsv(readFileSync(join(directory, 'labels.csv'), 'utf8')).filter((row) => row.file)
  const reader = statedReader(directory)
  const messages: JudgedMessage[] = []
  for (const row of rows) messages.push(await judgedMessage(directory, row, reader))
  return { name: directory.replace(/\/+$/, '').split('/').pop() ?? directory, messages }
}

async function judgedMessage(
  directory: string,
  row: Record<string, string>,
  reader: Reader | null,
): Promise<JudgedMessage> {
  const file = row.file ?? ''
  const message = await parseMessage(readFileSync(join(directory, file)))
  const stated = Date.parse(row.date ?? '')
  const phase = row.phase === 'sent' || row.phase === 'history' ? row.phase : 'inbox'
  return {
    file,
    phase,
    date: Number.isNaN(stated) ? (message.date ?? 0) : stated,
    flags: (row.flags ?? '').split(/\s+/).filter(Boolean),
    label: row.label === 'valuable' || row.label === 'noise' ? row.label : null,
    kind: row.kind ?? '',
    hard: row.hard === '1',
    why: row.why ?? '',
    reader: reader ?? addressee(message),
    message,
  }
}

/** What the account states, from persona.json; null in a flat corpus. */
function statedReader(directory: string): Reader | null {
  const file = join(directory, 'persona.json')
  if (!existsSync(file)) return null
  const persona = JSON.parse(readFileSync(file, 'utf8')) as { addresses?: string[]; authserv_id?: string }
  return {
    addresses: (persona.addresses ?? []).map((one) => one.toLowerCase()),
    authservId: persona.authserv_id ?? 'none',
  }
}

/** Without a persona every message went to another reader: the one it is addressed to, behind the server that stamped it last. */
function addressee(message: Message): Reader {
  const stamp = message.headers.get('authentication-results')?.[0]
  return {
    addresses: message.to.slice(0, 1).map(({ address }) => address),
    authservId: (stamp && authservIdOf(stamp)) || 'none',
  }
}
