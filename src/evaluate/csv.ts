/** Rows of a CSV text (RFC 4180) as objects by column name; missing cells are ''. */
export function parseCsv(text: string): Record<string, string>[] {
  const [head, ...body] = cellsOf(text)
  return body
    .filter((row) => row.length > 1 || row[0] !== '')
    .map((row) => Object.fromEntries((head ?? []).map((name, at) => [name, row[at] ?? ''])))
}

function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /"((?:[^"]|"")*)"|([^",\r\n]*)/y
  let at = 0
  while (at < text.length) {
    cell.lastIndex = at
    const found = cell.exec(text)
    rows[rows.length - 1]!.push(found?.[1] !== undefined ? found[1].replaceAll('""', '"') : (found?.[2] ?? ''))
    at = cell.lastIndex
    if (text[at] === '\r') at++
    if (text[at] === '\n') rows.push([])
    else if (at < text.length && text[at] !== ',')
      at = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at)
    at++
  }
  return rows.filter((row) => row.length > 0)
}

/** One CSV line; cells with commas, quotes or line breaks are quoted. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell)))
    .join(',')
}
