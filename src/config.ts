import { readFileSync } from 'node:fs'
import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { parse as parseYaml } from 'yaml'
import { MailboxName, NewAccount } from './account.ts'
import { WorthwhileError } from './errors.ts'
import { packageFile } from './package-file.ts'

/** Shape of config/default.yaml and of the file WORTHWHILE_CONFIG names. */
const SettingsFile = Type.Object(
  {
    mailboxes: Type.Object({ noise: MailboxName, later: MailboxName }, { additionalProperties: false }),
    retentionDays: Type.Integer({ minimum: 0, maximum: 3650 }),
    concurrency: Type.Integer({ minimum: 1, maximum: 100 }),
    learn: Type.Object(
      {
        sent: Type.Integer({ minimum: 0, maximum: 100_000 }),
        received: Type.Integer({ minimum: 0, maximum: 100_000 }),
      },
      { additionalProperties: false },
    ),
    classifier: Type.Record(Type.String(), Type.Unknown()),
    accounts: Type.Array(NewAccount, { maxItems: 1000 }),
  },
  { additionalProperties: false },
)
type SettingsFile = Static<typeof SettingsFile>

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
const REDIS_SCHEMES = ['redis:', 'rediss:', 'unix:', 'sentinel:', 'sentinels:', 'cluster:', 'clusters:']
const DEFAULTS_FILE = packageFile('config/default.yaml')

/**
 * All settings from the environment (each also as NAME_FILE) and the YAML files.
 * Throws one SETTINGS_INVALID that lists every problem by name and says what would be right; never a value.
 */
export function readSettings(env: Environment): Settings {
  const problems: string[] = []
  const values = readEnvironment(env, problems)
  const file = readSettingsFile(values.WORTHWHILE_CONFIG, problems)
  const settings = {
    ...file,
    redisUrl: checked(values.REDIS_URL, isRedisUrl, problems, redisUrlHint),
    host: values.HOST ?? '127.0.0.1',
    port: Number(checked(values.PORT ?? '3000', isPort, problems, 'PORT must be a whole number from 0 to 65535')),
    adminToken: checked(values.WORTHWHILE_ADMIN_TOKEN, isSecret, problems, secretHint('WORTHWHILE_ADMIN_TOKEN')),
    secretKey: checked(values.WORTHWHILE_SECRET_KEY, isSecret, problems, secretHint('WORTHWHILE_SECRET_KEY')),
    dataDir: values.WORTHWHILE_DATA_DIR ?? './data',
    logLevel:
      checked(values.LOG_LEVEL ?? 'info', isLogLevel, problems, `LOG_LEVEL must be one of ${LOG_LEVELS}`) ?? 'info',
  }
  if (problems.length > 0) throw invalid(problems)
  return settings as Settings
}

function invalid(problems: string[]): WorthwhileError {
  const list = problems.map((problem) => `  - ${problem}`).join('\n')
  return new WorthwhileError('SETTINGS_INVALID', `${problems.length} invalid setting(s):\n${list}`, {
    details: { problems },
  })
}

function readEnvironment(env: Environment, problems: string[]): Partial<Record<Name, string>> {
  const known = new Set<string>(NAMES.flatMap((name) => [name, `${name}_FILE`]))
  for (const name of Object.keys(env))
    if (name.startsWith('WORTHWHILE_') && !known.has(name))
      problems.push(`${name} is not a setting; known are ${NAMES.join(', ')}`)
  return Object.fromEntries(NAMES.map((name) => [name, readValue(env, name, problems)]))
}

function readValue(env: Environment, name: Name, problems: string[]): string | undefined {
  const direct = env[name] || undefined
  const path = env[`${name}_FILE`] || undefined
  if (direct && path) problems.push(`${name} and ${name}_FILE are both set; set one of them`)
  if (direct || !path) return direct
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    problems.push(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`)
    return undefined
  }
}

function readSettingsFile(path: string | undefined, problems: string[]): SettingsFile {
  const defaults = readYaml(DEFAULTS_FILE, 'config/default.yaml', problems)
  const own = path ? readYaml(path, 'WORTHWHILE_CONFIG', problems) : {}
  const merged = mergeObjects(defaults, own)
  problems.push(...describeErrors(SettingsFile, merged).map((problem) => `WORTHWHILE_CONFIG: ${problem}`))
  return merged as SettingsFile
}

function readYaml(path: string | URL, name: string, problems: string[]): Record<string, unknown> {
  try {
    const value: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {}
    if (isObject(value)) return value
    problems.push(`${name} must hold a mapping of names to values`)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'not valid YAML'
    problems.push(`${name} cannot be read (${reason})`)
  }
  return {}
}

/** Objects are merged key by key, everything else is replaced. */
export function mergeObjects(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key]
    merged[key] = isObject(old) && isObject(value) ? mergeObjects(old, value) : value
  }
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One line for each place where `value` does not fit `schema`: the path and what would be right, never the value. */
export function describeErrors(schema: TSchema, value: unknown): string[] {
  const validator = Compile(schema)
  if (validator.Check(value)) return []
  const lines = validator.Errors(value).map((error) => `${error.instancePath || '/'} ${error.message}`)
  return [...new Set(lines)]
}

function checked(
  value: string | undefined,
  fits: (value: string) => boolean,
  problems: string[],
  hint: string,
): string | null {
  if (value === undefined) return null
  if (!fits(value)) problems.push(hint)
  return value
}

const redisUrlHint = `REDIS_URL must look like redis://[:password@]host:port/0; schemes: ${REDIS_SCHEMES.map((s) => `${s}//`).join(' ')}`
const secretHint = (name: string) => `${name} must have at least 16 characters`
const isSecret = (value: string) => value.length >= 16
const isPort = (value: string) => /^\d{1,5}$/.test(value) && Number(value) <= 65535
const isLogLevel = (value: string) => LOG_LEVELS.includes(value)
const isRedisUrl = (value: string) => REDIS_SCHEMES.some((scheme) => value.startsWith(`${scheme}//`))
