import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { asWorthwhileError, type ErrorCode, WorthwhileError } from '../errors.ts'
import { fieldProblems } from '../settings/field-problems.ts'

const TITLES: Partial<Record<ErrorCode, string>> = {
  UNAUTHORIZED: 'A valid token is needed',
  INVALID_INPUT: 'The request is not valid',
  STORE_UNAVAILABLE: 'The store is not available',
  INTERNAL: 'Something went wrong inside the service',
}

/** Answers any error as RFC 9457 problem+json with a stable `code`; internals of unexpected errors go to the log only. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = fromFastify(thrown)
  const { code, status, details } = error
  if (status >= 500) request.log.error({ err: error, code }, 'a request failed')
  const detail = code === 'INTERNAL' ? 'An unexpected error; the log of the service tells more.' : error.message
  const body = {
    type: `urn:worthwhile:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[code] ?? detail,
    status,
    code,
    detail,
    ...details,
  }
  if (code === 'STORE_UNAVAILABLE') reply.header('retry-after', '5')
  if (code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer')
  reply
    .status(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body)
}

function fromFastify(thrown: unknown): WorthwhileError {
  const error = thrown as FastifyError
  if (error.validation) return invalidInput(error, error.validation)
  if (error.statusCode === 413)
    return new WorthwhileError('TOO_LARGE', 'The body is larger than this route accepts.', { cause: error })
  if (error.statusCode === 415)
    return new WorthwhileError('UNSUPPORTED_MEDIA_TYPE', 'This route does not take that content-type.', {
      cause: error,
    })
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500)
    return new WorthwhileError('INVALID_INPUT', error.message, { cause: error })
  return asWorthwhileError(thrown)
}

/** Names every field that is missing, unknown or wrong, and what would be right. */
function invalidInput(error: FastifyError, validation: NonNullable<FastifyError['validation']>): WorthwhileError {
  const place = error.validationContext ?? 'body'
  const fields = fieldProblems(validation).map(({ field, problem }) => ({ field: field || place, problem }))
  const text = fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
  return new WorthwhileError('INVALID_INPUT', text, { cause: error, details: { fields } })
}
