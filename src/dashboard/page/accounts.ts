import { computed, signal } from '@preact/signals'
import type { Account, Page } from './contract.ts'
import { polling } from './live.ts'
import type { NewMailbox } from './mailbox-form.ts'
import { call } from './session.ts'

const POLL_MS = 5_000

/** null until they are loaded. */
export const accounts = signal<readonly Account[] | null>(null)
export const accountsFailure = signal<unknown>(null)

export const accountOf = (id: string) => accounts.value?.find((account) => account.id === id)
export const manyAccounts = computed(() => (accounts.value?.length ?? 0) > 1)

export async function loadAccounts(): Promise<void> {
  try {
    const { items } = await call<Page<Account>>('GET', '/v1/accounts')
    if (JSON.stringify(items) !== JSON.stringify(accounts.value)) accounts.value = items
    accountsFailure.value = null
  } catch (error) {
    accountsFailure.value = error
  }
}

export const liveAccounts = polling(loadAccounts, POLL_MS)

const pathOf = (id: string) => `/v1/accounts/${encodeURIComponent(id)}`

/** Adds a mailbox that is only observed. Throws ServiceProblem. */
export async function addAccount(mailbox: NewMailbox): Promise<void> {
  await call('POST', '/v1/accounts', { ...mailbox, mode: 'observe' })
  await loadAccounts()
}

/** Throws ServiceProblem. */
export async function changeAccount(id: string, change: { mode?: 'observe' | 'act'; paused?: boolean }): Promise<void> {
  const changed = await call<Account>('PATCH', pathOf(id), change)
  accounts.value = (accounts.value ?? []).map((account) => (account.id === id ? changed : account))
}

export async function removeAccount(id: string, forget: boolean): Promise<void> {
  await call('DELETE', `${pathOf(id)}${forget ? '?forget=true' : ''}`)
  await loadAccounts()
}

export async function learnAgain(id: string): Promise<void> {
  await call('POST', `${pathOf(id)}/learn`)
  await loadAccounts()
}
