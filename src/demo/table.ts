import { styleText } from 'node:util'

/** A decision as the API gives it, as far as the table shows it. */
export interface Row {
  readonly id: string
  readonly decidedAt: string
  readonly from: string
  readonly subject: string
  readonly verdict: 'valuable' | 'unsure' | 'noise'
  readonly probability: number
  readonly moved: boolean
  readonly evidence: readonly { readonly text: string; readonly words: readonly string[] }[]
}

const COLOURS = { valuable: 'green', unsure: 'yellow', noise: 'gray' } as const
const WIDTHS = { time: 8, from: 22, subject: 38, verdict: 14 }

export function tableHead(columns: number): string {
  const names = [
    'time'.padEnd(WIDTHS.time),
    'from'.padEnd(WIDTHS.from),
    'subject'.padEnd(WIDTHS.subject),
    'verdict'.padEnd(WIDTHS.verdict),
    'strongest reason',
  ]
  return `${styleText('bold', names.join('  '))}\n${'─'.repeat(Math.max(60, columns))}`
}

/** One line for one decision, cut to the width of the terminal. */
export function tableRow(row: Row, columns: number): string {
  const verdict = `${row.verdict} ${String(Math.round(100 * row.probability)).padStart(3)} %`
  const cells = [
    new Date(row.decidedAt).toTimeString().slice(0, 8),
    cut(nameOf(row.from), WIDTHS.from),
    cut(row.subject, WIDTHS.subject),
    styleText(COLOURS[row.verdict], verdict.padEnd(WIDTHS.verdict)),
    cut(reasonOf(row), Math.max(20, columns - 92)).trimEnd(),
  ]
  return cells.join('  ')
}

/** The strongest evidence with the words it rests on. */
function reasonOf({ evidence }: Row): string {
  const [strongest] = evidence
  const words = strongest?.words.slice(0, 4).map((word) => `“${word}”`) ?? []
  return [strongest?.text ?? '', ...words].join(' ')
}

const nameOf = (from: string) => from.replace(/\s*<.*$/, '') || from

/** Printable characters only: a terminal obeys control characters, and mail is not to be trusted. */
function cut(text: string, width: number): string {
  const plain = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return (plain.length > width ? `${plain.slice(0, width - 1)}…` : plain).padEnd(width)
}
