import { signal } from '@preact/signals'
import { language } from './preferences.ts'

const TICK_MS = 20_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How the reader's own region writes times and numbers in the chosen language. */
const locale = () => navigator.languages.find((tag) => tag.startsWith(language.value)) ?? language.value

/** ms since 1970, moving on every 20 s. */
export const now = signal(Date.now())

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now()
  }, TICK_MS)
}

/** Like 09:30. */
export const clockTime = (iso: string) =>
  new Date(iso).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' })

/** Like "Friday, 20 March, 09:30". */
export const fullTime = (iso: string) =>
  new Date(iso).toLocaleString(locale(), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
  })

/** Like "Friday, 20 March". */
export const dayName = (time: number) =>
  new Date(time).toLocaleDateString(locale(), { weekday: 'long', day: 'numeric', month: 'long' })

/** Like "20 Mar". */
export const shortDay = (iso: string, timeZone?: string) =>
  new Date(iso).toLocaleDateString(locale(), {
    day: 'numeric',
    month: 'short',
    ...(timeZone ? { timeZone } : {}),
  })

/** Like "5 minutes ago". */
export function ago(iso: string): string {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' })
  const ms = Math.min(0, Date.parse(iso) - now.value)
  if (ms > -MINUTE_MS) return format.format(0, 'second')
  if (ms > -HOUR_MS) return format.format(Math.round(ms / MINUTE_MS), 'minute')
  return ms > -DAY_MS ? format.format(Math.round(ms / HOUR_MS), 'hour') : format.format(Math.round(ms / DAY_MS), 'day')
}

/** Like "8%", never quite 0 or 100. */
export function percent(share: number): string {
  const format = new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 })
  const shown = format.format(Math.min(0.99, Math.max(0.01, share)))
  return share < 0.01 ? `< ${shown}` : shown
}

/** Like "0.4 s". */
export function seconds(ms: number): string {
  const digits = ms < 10_000 ? 1 : 0
  return new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: 'second',
    unitDisplay: 'narrow',
    maximumFractionDigits: digits,
  }).format(Math.max(0.1, ms / 1000))
}

export const decimal = (n: number) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(n)
