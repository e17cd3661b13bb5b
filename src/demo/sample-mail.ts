import { readdirSync, readFileSync } from 'node:fs'
import { packageFile } from '../settings/package-file.ts'

/** One message of the sample mailbox. */
export interface SampleMessage {
  readonly raw: string
  /** ms since 1970, from its own Date header, shifted so that the last sample arrives about now. */
  readonly date: number
  readonly flags: readonly string[]
}

export interface SampleMailbox {
  readonly reader: { readonly name: string; readonly addresses: readonly string[]; readonly authserv_id: string }
  readonly sent: readonly SampleMessage[]
  readonly history: readonly SampleMessage[]
  readonly arriving: readonly SampleMessage[]
}

const FOLDER = 'src/demo/mailbox'

/** The sample executive's mail, written for the demo; its labels are not read. */
export function readSampleMailbox(now: number): SampleMailbox {
  const flags = readFlags()
  const read = (phase: string) => namesIn(phase).map((name) => readMessage(`${phase}/${name}`, flags))
  const arriving = read('inbox')
  const shift = now - Math.max(...arriving.map(({ date }) => date))
  const shifted = (messages: SampleMessage[]) => messages.map((message) => shiftDate(message, shift))
  return {
    reader: JSON.parse(readFileSync(packageFile(`${FOLDER}/persona.json`), 'utf8')),
    sent: shifted(read('sent')),
    history: shifted(read('history')),
    arriving: shifted(arriving),
  }
}

function namesIn(phase: string): string[] {
  return readdirSync(packageFile(`${FOLDER}/${phase}`))
    .filter((name) => name.endsWith('.eml'))
    .sort()
}

/** `file,phase,date,flags,...`: the first four columns hold no commas. */
function readFlags(): Map<string, string[]> {
  const lines = readFileSync(packageFile(`${FOLDER}/labels.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
  return new Map(
    lines.map((line) => line.split(',')).map(([file = '', , , flags = '']) => [file, flags.split(' ').filter(Boolean)]),
  )
}

const DATE_HEADER = /^Date:(.*)$/im

function readMessage(file: string, flags: ReadonlyMap<string, string[]>): SampleMessage {
  const raw = readFileSync(packageFile(`${FOLDER}/${file}`), 'latin1')
  return { raw, date: Date.parse(DATE_HEADER.exec(raw)?.[1]?.trim() ?? ''), flags: flags.get(file) ?? [] }
}

function shiftDate(message: SampleMessage, by: number): SampleMessage {
  const date = message.date + by
  const header = `Date: ${new Date(date).toUTCString().replace('GMT', '+0000')}`
  return { ...message, date, raw: message.raw.replace(DATE_HEADER, header) }
}
