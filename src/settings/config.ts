import { accessSync, constants, readFileSync } from 'node:fs'
import { WorthwhileError } from '../errors.ts'
import { parseRedisUrl, REDIS_URL_FORMS } from './redis-url.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'

export interface Settings extends SettingsFile {
  /** null: the service runs its own redis-server. */
  readonly redisUrl: string | null
  readonly host: string
  readonly port: number
  /** null: made at first start, printed once, its hash kept in the data directory. */
  readonly adminToken: string | null
  /** null: made at first start and kept in the data directory. */
  readonly secretKey: string | null
  readonly dataDir: string
  readonly logLevel: string
}

const NAMES = [
  'REDIS_URL',
  'HOST',
  'PORT',
  'WORTHWHILE_ADMIN_TOKEN',
  'WORTHWHILE_SECRET_KEY',
  'WORTHWHILE_DATA_DIR',
  'WORTHWHILE_CONFIG',
  'LOG_LEVEL',
] as const
type Name = (typeof NAMES)[number]
type Environment = Readonly<Record<string, string | undefined>>

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/**
 * All settings from the environment (each also as NAME_FILE; empty counts as unset) and the YAML files.
 * Throws one SETTINGS_INVALID that lists every problem by name and says what would be right; never a value.
 */
export function readSettings(env: Environment): Settings {
  const problems: string[] = []
  const values = readEnvironment(env, problems)
  const settings = {
    ...readSettingsFile(values.WORTHWHILE_CONFIG, problems),
    redisUrl: values.REDIS_URL ?? null,
    host: values.HOST ?? '127.0.0.1',
    port: Number(values.PORT ?? 3000),
    adminToken: values.WORTHWHILE_ADMIN_TOKEN ?? null,
    secretKey: values.WORTHWHILE_SECRET_KEY ?? null,
    dataDir: values.WORTHWHILE_DATA_DIR ?? './data',
    logLevel: values.LOG_LEVEL ?? 'info',
  }
  if (problems.length > 0) throw invalid(problems)
  return settings
}

function invalid(problems: string[]): WorthwhileError {
  const list = problems.map((problem) => `  - ${problem}`).join('\n')
  return new WorthwhileError('SETTINGS_INVALID', `${problems.length} invalid setting(s):\n${list}`, {
    details: { problems },
  })
}

/** What is wrong with a value; null when nothing is. */
const CHECKS: Readonly<Record<Name, (value: string) => string | null>> = {
  REDIS_URL: redisUrlProblem,
  HOST: (value) => (/^[\w.:%-]+$/.test(value) ? null : 'must be a host name or an IP address to listen on'),
  PORT: (value) =>
    /^\d{1,5}$/.test(value) && Number(value) <= 65535 ? null : 'must be a whole number from 0 to 65535',
  WORTHWHILE_ADMIN_TOKEN: (value) =>
    /^[\x21-\x7e]{16,200}$/.test(value) ? null : 'must have 16 to 200 characters, ASCII without spaces',
  WORTHWHILE_SECRET_KEY: (value) => (value.length >= 16 ? null : 'must have at least 16 characters'),
  WORTHWHILE_DATA_DIR: () => null,
  WORTHWHILE_CONFIG: () => null,
  LOG_LEVEL: (value) => (LOG_LEVELS.includes(value) ? null : `must be one of ${LOG_LEVELS.join(', ')}`),
}

function redisUrlProblem(value: string): string | null {
  const address = parseRedisUrl(value)
  if (!address) return `must look like ${REDIS_URL_FORMS}`
  try {
    if (address.caFile) accessSync(address.caFile, constants.R_OK)
    return null
  } catch (error) {
    return `names a ca file that cannot be read (${(error as NodeJS.ErrnoException).code})`
  }
}

function readEnvironment(env: Environment, problems: string[]): Partial<Record<Name, string>> {
  const known = new Set<string>(NAMES.flatMap((name) => [name, `${name}_FILE`]))
  for (const name of Object.keys(env))
    if (name.startsWith('WORTHWHILE_') && !known.has(name))
      problems.push(`${name} is not a setting; known are ${NAMES.join(', ')}, each also with _FILE at its end`)
  return Object.fromEntries(NAMES.map((name) => [name, readChecked(env, name, problems)]))
}

function readChecked(env: Environment, name: Name, problems: string[]): string | undefined {
  const value = readValue(env, name, problems)
  const problem = value === undefined ? null : CHECKS[name](value)
  if (problem) problems.push(`${name} ${problem}`)
  return value
}

function readValue(env: Environment, name: Name, problems: string[]): string | undefined {
  const direct = env[name] || undefined
  const path = env[`${name}_FILE`] || undefined
  if (direct && path) problems.push(`${name} and ${name}_FILE are both set; set one of them`)
  if (direct || !path) return direct
  try {
    const value = readFileSync(path, 'utf8').trim()
    if (value === '') problems.push(`${name}_FILE is an empty file`)
    return value || undefined
  } catch (error) {
    problems.push(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`)
    return undefined
  }
}
