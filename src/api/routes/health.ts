import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Gauge, Registry } from 'prom-client'
import { Type } from 'typebox'
import { asWorthwhileError } from '../../errors.ts'
import { dayOf } from '../../store/stats.ts'
import type { ApiDeps } from '../app.ts'

const Readiness = Type.Object({ ready: Type.Boolean(), reasons: Type.Array(Type.String()) })

/** Liveness, readiness and metrics: open to all, they tell numbers only. */
export const healthRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/healthz', { schema: { summary: 'The process answers', security: [] } }, async () => ({ ok: true }))

    const schema = {
      summary: 'The service can do its work',
      security: [],
      response: { 200: Readiness, 503: Readiness },
    }
    app.get('/readyz', { schema }, async (_request, reply) => {
      const reasons = await reasonsNotReady(deps)
      return reply.status(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
    })

    app.get('/metrics', { schema: { summary: 'Prometheus metrics', security: [] } }, async (_request, reply) => {
      const { text, contentType } = await metricsOf(deps)
      return reply.header('content-type', contentType).send(text)
    })
  }

async function reasonsNotReady(deps: ApiDeps): Promise<string[]> {
  try {
    await deps.accounts.epoch()
    return []
  } catch (error) {
    return [asWorthwhileError(error).message]
  }
}

/** Counts over all accounts for today (UTC), jobs by state, and the memory of this process. */
async function metricsOf(deps: ApiDeps): Promise<{ text: string; contentType: string }> {
  const registry = new Registry()
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers: [registry] })
  gauge('worthwhile_resident_memory_bytes', 'Resident memory of this process', []).set(process.memoryUsage.rss())
  const accounts = await deps.accounts.list()
  gauge('worthwhile_accounts', 'Protected accounts', []).set(accounts.length)
  const jobs = gauge('worthwhile_jobs', 'Messages in the queue by state', ['state'])
  for (const [state, n] of Object.entries(await deps.queues.counts())) jobs.set({ state }, n)
  const today = gauge('worthwhile_decisions_today', 'Decisions since midnight UTC by verdict', ['verdict'])
  const moved = gauge('worthwhile_moved_today', 'Messages moved to Noise since midnight UTC', [])
  for (const { id } of accounts) {
    const counts = await deps.stats.day(id, dayOf(Date.now()))
    for (const verdict of ['valuable', 'unsure', 'noise'] as const)
      today.inc({ verdict }, counts.get(`verdict:${verdict}`) ?? 0)
    moved.inc(counts.get('moved') ?? 0)
  }
  return { text: await registry.metrics(), contentType: registry.contentType }
}
