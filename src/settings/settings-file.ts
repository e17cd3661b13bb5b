import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Settings as TypeBox } from 'typebox/system'
import { idOf, MailboxName, mailboxesProblem, mailboxLevels, NewAccount } from '../account.ts'
import { loadClassifierSettings } from './classifier-files.ts'
import { type FieldProblem, fieldProblems, type SchemaError } from './field-problems.ts'
import { packageFile } from './package-file.ts'
import { type Mapping, mergeObjects, readYamlFile } from './yaml-file.ts'

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
export type SettingsFile = Static<typeof SettingsFile>

/** All problems at once: TypeBox stops at 8 by default. */
TypeBox.Set({ maxErrors: 1000 })

const DEFAULTS_FILE = packageFile('config/default.yaml')

/** The defaults with the file at `path` over them; adds to `problems` what is wrong with it, by field, never a value. */
export function readSettingsFile(path: string | undefined, problems: string[]): SettingsFile {
  const note = (text: string) => problems.push(`WORTHWHILE_CONFIG: ${text}`)
  const merged = mergeObjects(readYamlFile(DEFAULTS_FILE), path ? readOwn(path, note) : {})
  const wrong = problemsOf(SettingsFile, merged)
  for (const { field, problem } of wrong) note(`${field} ${problem}`)
  const file = merged as SettingsFile
  if (wrong.length === 0) for (const text of [...classifierProblems(file), ...accountProblems(file)]) note(text)
  return file
}

function readOwn(path: string, note: (text: string) => void): Mapping {
  try {
    return readYamlFile(path)
  } catch (error) {
    note(`the file ${(error as Error).message}`)
    return {}
  }
}

function classifierProblems({ classifier }: SettingsFile): string[] {
  if (Object.keys(classifier).length === 0) return []
  try {
    loadClassifierSettings(classifier)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** What no schema can tell: mailboxes that collide, and ids given twice. */
function accountProblems({ mailboxes, accounts }: SettingsFile): string[] {
  const levels = { noise: mailboxLevels(mailboxes.noise), later: mailboxLevels(mailboxes.later) }
  const collision = mailboxesProblem(levels)
  const inAccounts = accounts.map((account, i) => {
    const { noise = levels.noise, later = levels.later } = account.mailboxes ?? {}
    const problem = mailboxesProblem({ noise: mailboxLevels(noise), later: mailboxLevels(later) })
    return problem && !collision ? `accounts.${i}: ${problem}` : null
  })
  const ids = accounts.map(idOf)
  const twice = ids.map((id, i) =>
    ids.indexOf(id) < i ? `accounts.${i} has the same id as accounts.${ids.indexOf(id)}` : null,
  )
  return [collision, ...inAccounts, ...twice].filter((problem) => problem !== null)
}

/** Every place where `value` does not fit `schema`. */
export function problemsOf(schema: TSchema, value: unknown): FieldProblem[] {
  const validator = Compile(schema)
  if (validator.Check(value)) return []
  const errors: SchemaError[] = validator.Errors(value)
  return fieldProblems(errors.map((error) => ({ ...error, parentSchema: partAt(schema, error.schemaPath) })))
}

/** The part of a schema at a JSON pointer like `#/properties/imap`. */
function partAt(schema: TSchema, pointer: string): object | undefined {
  let part: unknown = schema
  for (const name of pointer.split('/').slice(1)) part = (part as Record<string, unknown> | undefined)?.[name]
  return part as object | undefined
}
