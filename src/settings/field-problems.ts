/** One place where a value does not fit: the field as a dotted path, and what would be right. Never the value itself. */
export interface FieldProblem {
  /** e.g. `imap.port`; empty for the value as a whole. */
  readonly field: string
  readonly problem: string
}

/** What Ajv and TypeBox have in common of an error. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly schemaPath: string
  readonly params: object
  readonly message?: string | undefined
  /** The schema that holds the keyword; its description says what would be right where the keyword cannot. */
  readonly parentSchema?: object | undefined
}

/** One entry for each field that is missing, unknown or wrong; what single branches of a union say is left out. */
export function fieldProblems(errors: readonly SchemaError[]): FieldProblem[] {
  const found = errors.filter(isOwn).flatMap(problemsOf)
  const byText = new Map(found.map((each) => [`${each.field} ${each.problem}`, each]))
  return [...byText.values()]
}

const isOwn = ({ keyword, schemaPath }: SchemaError) => keyword !== 'boolean' && !/\/anyOf\/\d/.test(schemaPath)

interface Params {
  readonly missingProperty?: string
  readonly requiredProperties?: readonly string[]
  readonly additionalProperty?: string
  readonly additionalProperties?: readonly string[]
  readonly allowedValues?: readonly unknown[]
}

function problemsOf({ keyword, instancePath, params, message, parentSchema }: SchemaError): FieldProblem[] {
  const { missingProperty, requiredProperties, additionalProperty, additionalProperties, allowedValues } =
    params as Params
  const path = instancePath.split('/').slice(1)
  const each = (names: readonly string[], problem: string) =>
    names.map((name) => ({ field: [...path, name].join('.'), problem }))
  const here = (problem: string) => [{ field: path.join('.'), problem }]
  const { description, anyOf = [] } = (parentSchema ?? {}) as { description?: string; anyOf?: { const?: unknown }[] }
  if (keyword === 'required') return each(requiredProperties ?? [missingProperty ?? ''], 'is missing')
  if (keyword === 'additionalProperties')
    return each(additionalProperties ?? [additionalProperty ?? ''], 'is not a known field')
  if (keyword === 'enum') return here(`must be one of ${allowedValues?.join(', ')}`)
  if (keyword === 'anyOf' && anyOf.every((branch) => branch.const !== undefined))
    return here(`must be one of ${anyOf.map((branch) => branch.const).join(', ')}`)
  if ((keyword === 'anyOf' || keyword === 'pattern') && description) return here(`must be ${description}`)
  return here(message ?? 'is not valid')
}
