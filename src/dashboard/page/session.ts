import { signal } from '@preact/signals'
import { type Method, request, ServiceProblem } from './service.ts'

const NAME = 'worthwhile.token'

/** The token in use; null when nobody is signed in. */
export const token = signal<string | null>(kept())
/** Whether the reader was signed out because the token is no longer accepted. */
export const expired = signal(false)
/** Whether the service answered the last request. */
export const reachable = signal(true)

function kept(): string | null {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME)
}

/** Checks the token with the service and keeps it: for this tab, or with `stay` on this device. Throws ServiceProblem. */
export async function signIn(candidate: string, stay: boolean): Promise<void> {
  await request(candidate, 'GET', '/v1/accounts')
  const storage = stay ? localStorage : sessionStorage
  storage.setItem(NAME, candidate)
  expired.value = false
  reachable.value = true
  token.value = candidate
}

export function signOut(): void {
  sessionStorage.removeItem(NAME)
  localStorage.removeItem(NAME)
  token.value = null
}

/** A request with the reader's token. A token that is no longer accepted signs them out. Throws ServiceProblem. */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  try {
    const answer = await request<T>(token.value ?? '', method, path, body)
    reachable.value = true
    return answer
  } catch (error) {
    if (error instanceof ServiceProblem) heed(error)
    throw error
  }
}

function heed({ code }: ServiceProblem): void {
  reachable.value = code !== 'OFFLINE'
  if (code !== 'UNAUTHORIZED' || token.value === null) return
  signOut()
  expired.value = true
}
