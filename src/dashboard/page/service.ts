/** What went wrong with a request. `code` is stable; OFFLINE when the service did not answer at all. */
export class ServiceProblem extends Error {
  readonly code: string
  /** Form fields and what is wrong with each, when the service names them. */
  readonly fields: readonly { readonly field: string; readonly problem: string }[]

  constructor(code: string, detail: string, fields: ServiceProblem['fields'] = []) {
    super(detail)
    this.name = 'ServiceProblem'
    this.code = code
    this.fields = fields
  }
}

interface ProblemBody {
  readonly code?: string
  readonly detail?: string
  readonly fields?: ServiceProblem['fields']
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** ms until a request counts as unanswered; adding a mailbox waits for its server. */
const ANSWER_WITHIN_MS = 45_000

/** One request to the service; resolves with the body, undefined when there is none. Throws ServiceProblem. */
export async function request<T>(token: string, method: Method, path: string, body?: unknown): Promise<T> {
  const response = await answer(token, method, path, body)
  const text = await response.text().catch(offline)
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  const value: unknown = isJson && text ? JSON.parse(text) : undefined
  if (response.ok) return value as T
  const { code = 'UNKNOWN', detail = response.statusText, fields = [] } = (value ?? {}) as ProblemBody
  throw new ServiceProblem(code, detail, fields)
}

function answer(token: string, method: Method, path: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const init = { method, headers, signal, cache: 'no-store' as const, credentials: 'omit' as const }
  return fetch(path, body ? { ...init, body: JSON.stringify(body) } : init).catch(offline)
}

function offline(cause: unknown): never {
  throw new ServiceProblem('OFFLINE', String(cause))
}
