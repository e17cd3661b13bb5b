import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifySchemaCompiler } from 'fastify'

/** verbose: an error carries the schema that it broke, whose description says what would be right. */
const shared = { removeAdditional: false, useDefaults: true, allErrors: true, verbose: true } as const
const buildCompiler = AjvCompiler()
const compilers = {
  /** JSON says what is a number and what is text: null must not become 0, nor "false" false. */
  body: buildCompiler({}, { customOptions: { ...shared, coerceTypes: false } }),
  /** Paths and queries are text. */
  text: buildCompiler({}, { customOptions: { ...shared, coerceTypes: true } }),
}

/** Makes the check of one part of a request. */
export const compileValidator: FastifySchemaCompiler<object> = (route) =>
  (route.httpPart === 'body' ? compilers.body : compilers.text)(route)
