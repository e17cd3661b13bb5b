import { MAX_HEADER_CHARS } from '../core/limits.ts'

/** Values kept of one header name: a relay adds a Received each hop, an attacker thousands of anything. */
const MAX_VALUES = 50

/** Lower-case field names to unfolded values, topmost first (RFC 5322 2.2.3). */
export function headersOf(lines: readonly { readonly key: string; readonly line: string }[]): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const { key, line } of lines) {
    const value = line
      .slice(line.indexOf(':') + 1, line.indexOf(':') + 1 + MAX_HEADER_CHARS)
      .replace(/\r?\n[ \t]*/g, ' ')
      .trim()
    const values = headers.get(key)
    if (!values) headers.set(key, [value])
    else if (values.length < MAX_VALUES) values.push(value)
  }
  return headers
}

/** Message-IDs without angle brackets; a bare one without brackets is taken as it is. */
export function messageIdsOf(value: string | undefined): string[] {
  if (!value) return []
  const bracketed = [...value.matchAll(/<([^<>\s]{1,400})>/g)].map((found) => found[1]!)
  if (bracketed.length > 0) return bracketed
  return /^\S{1,400}$/.test(value) ? [value] : []
}

/** The address of a Return-Path, lower case; '' for the null sender, null without the header. */
export function pathOf(value: string | undefined): string | null {
  return value === undefined
    ? null
    : value
        .slice(0, 400)
        .replace(/[<>\s]/g, '')
        .toLowerCase()
}
