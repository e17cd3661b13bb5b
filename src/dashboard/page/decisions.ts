import { computed, signal } from '@preact/signals'
import type { Decision, Page } from './contract.ts'
import { type LiveSource, polling } from './live.ts'
import { shownAccount } from './preferences.ts'
import { call } from './session.ts'
import { merged } from './timeline.ts'

const POLL_MS = 2_000
/** Decisions asked for at each look; more are fetched only when more have come. */
const LATEST = 25
const PAGE = 60

/** All decisions that this page has seen, newest first. */
const known = signal<readonly Decision[]>([])
/** Where the next page of older ones starts; undefined when there is none or nothing was loaded. */
const cursor = signal<string | undefined>(undefined)

/** 'failed' only when there is nothing to show instead. */
export const loading = signal<'first' | 'older' | 'failed' | 'done'>('first')
export const failure = signal<unknown>(null)

export const decisions = computed(() =>
  known.value.filter(({ account }) => shownAccount.value === '' || account === shownAccount.value),
)
export const hasOlder = computed(() => cursor.value !== undefined)

export const decisionById = (id: string) => known.value.find((decision) => decision.id === id)

/** Takes in decisions as the service now tells them. */
export function take(items: readonly Decision[]): void {
  known.value = merged(known.value, items)
}

/** Forgets everything, as when another reader signs in or an account is removed. */
export function forgetDecisions(): void {
  known.value = []
  cursor.value = undefined
  loading.value = 'first'
}

const listPath = (query: Readonly<Record<string, string | number | undefined>>) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return `/v1/decisions?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

/** One page of decisions by any of the service's filters; taken in as well. */
export async function fetchDecisions(query: Parameters<typeof listPath>[0]): Promise<Page<Decision>> {
  const page = await call<Page<Decision>>('GET', listPath(query))
  take(page.items)
  return page
}

export async function fetchDecision(id: string): Promise<Decision> {
  const decision = await call<Decision>('GET', `/v1/decisions/${encodeURIComponent(id)}`)
  take([decision])
  return decision
}

export async function loadFirst(): Promise<void> {
  await loadPage('first', undefined)
}

export async function loadOlder(): Promise<void> {
  if (loading.value === 'done' && cursor.value) await loadPage('older', cursor.value)
}

async function loadPage(kind: 'first' | 'older', from: string | undefined): Promise<void> {
  loading.value = kind
  try {
    const page = await fetchDecisions({ limit: PAGE, cursor: from, account: shownAccount.value })
    cursor.value = page.nextCursor
    loading.value = 'done'
  } catch (error) {
    failure.value = error
    loading.value = known.value.length > 0 ? 'done' : 'failed'
  }
}

/** The newest decisions; when none of them is known, a gap is possible and the first page is loaded again. */
async function look(): Promise<void> {
  if (loading.value === 'first' || loading.value === 'failed') return loadFirst()
  const before = new Set(known.value.map(({ id }) => id))
  try {
    const { items } = await fetchDecisions({ limit: LATEST })
    const mayLack = items.length === LATEST && !items.some(({ id }) => before.has(id))
    if (mayLack) await loadFirst()
  } catch (error) {
    // Told by `reachable`; the next look comes in two seconds.
    failure.value = error
  }
}

export const liveDecisions: LiveSource = polling(look, POLL_MS)
