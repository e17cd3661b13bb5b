import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'

/** A mapping of names to values, as read from YAML. */
export type Mapping = Record<string, unknown>

/** The mapping in a YAML file. Throws an Error that says what is wrong and where, without quoting the file. */
export function readYamlFile(path: string | URL): Mapping {
  const document = parseDocument(readText(path), { logLevel: 'silent' })
  const error = document.errors[0] ?? document.warnings[0]
  if (error) {
    const [at] = error.linePos ?? []
    const place = at ? ` at line ${at.line}, column ${at.col}` : ''
    throw new Error(`is not valid YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}${place}`)
  }
  const value: unknown = document.toJS() ?? {}
  if (!isMapping(value)) throw new Error('must hold a mapping of names to values')
  return value
}

function readText(path: string | URL): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause })
  }
}

/** Objects are merged key by key, everything else is replaced. */
export function mergeObjects(base: Mapping, over: Mapping): Mapping {
  const merged = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key]
    merged[key] = isMapping(old) && isMapping(value) ? mergeObjects(old, value) : value
  }
  return merged
}

/** Dotted names in `over` that `base` does not have. */
export function unknownNames(base: Mapping, over: Mapping, prefix = ''): string[] {
  return Object.entries(over).flatMap(([key, value]) => {
    if (!Object.hasOwn(base, key)) return [`${prefix}${key}`]
    const known = base[key]
    return isMapping(known) && isMapping(value) ? unknownNames(known, value, `${prefix}${key}.`) : []
  })
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
