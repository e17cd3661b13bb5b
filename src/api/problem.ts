import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { asWorthwhileError, type ErrorCode, WorthwhileError } from '../errors.ts'

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
  if (error.validation) {
    const fields = error.validation.map((each) => ({
      field: fieldOf(error, each.instancePath, each.params),
      problem: each.message ?? 'is not valid',
    }))
    const text = fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
    return new WorthwhileError('INVALID_INPUT', text, { cause: error, details: { fields } })
  }
  if (error.statusCode === 413)
    return new WorthwhileError('TOO_LARGE', 'The body is larger than this route accepts.', { cause: error })
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500)
    return new WorthwhileError('INVALID_INPUT', error.message, { cause: error })
  return asWorthwhileError(thrown)
}

/** `imap.port`, or the missing or unknown name itself. */
function fieldOf(error: FastifyError, path: string, params: Record<string, unknown>): string {
  const name = params.missingProperty ?? params.additionalProperty
  const parts = [...path.split('/').filter(Boolean), ...(typeof name === 'string' ? [name] : [])]
  return parts.join('.') || (error.validationContext ?? 'body')
}
