import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import { WorthwhileError } from '../../errors.ts'
import { type DayCounts, dayOf, latencyQuantile } from '../../store/stats.ts'
import type { ApiDeps } from '../app.ts'
import { StatsQuery, StatsView, timeOf } from '../schemas.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
const MAX_DAYS = 400

export const statsRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const schema = {
      tags: ['stats'],
      summary: 'Counts by verdict, and latency, by UTC day',
      querystring: StatsQuery,
      response: { 200: StatsView },
    }
    app.get('/stats', { schema }, async ({ query }) => {
      const days = daysOf(query)
      const accounts = query.account
        ? [(await deps.accounts.get(query.account)).id]
        : (await deps.accounts.list()).map(({ id }) => id)
      const counts = await Promise.all(
        days.map(async (day) => sum(await Promise.all(accounts.map((id) => deps.stats.day(id, day))))),
      )
      const buckets = days.map((day, i) => ({ from: `${day}T00:00:00.000Z`, ...viewCounts(counts[i] ?? new Map()) }))
      return {
        total: viewCounts(sum(counts)),
        buckets: query.bucket === 'all' ? [] : buckets.filter(({ decisions }) => decisions > 0),
      }
    })
  }

/** The UTC days from `from` to `to`, both included; the last 30 by default. */
function daysOf(query: Static<typeof StatsQuery>): string[] {
  const to = query.to ? timeOf(query.to, 'to') : Date.now()
  const from = query.from ? timeOf(query.from, 'from') : to - (DEFAULT_DAYS - 1) * DAY_MS
  const n = Math.floor(to / DAY_MS) - Math.floor(from / DAY_MS) + 1
  if (n < 1 || n > MAX_DAYS)
    throw new WorthwhileError('INVALID_INPUT', `from must lie before to, at most ${MAX_DAYS} days`)
  return Array.from({ length: n }, (_, i) => dayOf(from + i * DAY_MS))
}

function sum(all: readonly DayCounts[]): DayCounts {
  const total = new Map<string, number>()
  for (const counts of all) for (const [name, n] of counts) total.set(name, (total.get(name) ?? 0) + n)
  return total
}

function viewCounts(counts: DayCounts) {
  const n = (name: string) => counts.get(name) ?? 0
  return {
    decisions: n('decisions'),
    valuable: n('verdict:valuable'),
    unsure: n('verdict:unsure'),
    noise: n('verdict:noise'),
    moved: n('moved'),
    latencyMs: { p50: latencyQuantile(counts, 0.5), p99: latencyQuantile(counts, 0.99) },
  }
}
