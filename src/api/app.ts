import swagger from '@fastify/swagger'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifySchema,
  LogController,
  type RouteOptions,
} from 'fastify'
import { Type } from 'typebox'
import type { AccountDefaults } from '../account.ts'
import { WorthwhileError } from '../errors.ts'
import type { FeedbackDeps } from '../feedback/apply-feedback.ts'
import { MAX_BODY_BYTES } from '../limits.ts'
import type { JudgeDeps } from '../message/judge.ts'
import type { JobQueues } from '../queue.ts'
import { isToken } from '../secrets.ts'
import type { AccountStore } from '../store/accounts.ts'
import type { DecisionStore } from '../store/decisions.ts'
import type { LearningStore } from '../store/learning.ts'
import type { PositionStore } from '../store/positions.ts'
import type { RedisClient } from '../store/redis.ts'
import type { StatsStore } from '../store/stats.ts'
import { sendProblem } from './problem.ts'
import { accountRoutes } from './routes/accounts.ts'
import { classifyRoutes } from './routes/classify.ts'
import { dashboardRoutes } from './routes/dashboard.ts'
import { decisionRoutes } from './routes/decisions.ts'
import { feedbackRoutes } from './routes/feedback.ts'
import { healthRoutes } from './routes/health.ts'
import { senderRoutes } from './routes/senders.ts'
import { statsRoutes } from './routes/stats.ts'
import { ProblemView } from './schemas.ts'
import { compileValidator } from './validator.ts'

export interface ApiDeps extends JudgeDeps, FeedbackDeps {
  readonly accounts: AccountStore
  readonly decisions: DecisionStore
  readonly learning: LearningStore
  readonly positions: PositionStore
  readonly stats: StatsStore
  readonly queues: JobQueues
  readonly redis: RedisClient
  readonly accountDefaults: AccountDefaults
  /** SHA-256 in hex of the admin token. */
  readonly adminTokenHash: string
}

/** Builds the HTTP API; the caller listens. */
export async function buildApi(deps: ApiDeps): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    // A request's URL may carry what the log must not: a part of a sender or a subject.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: sendProblem,
  })
  app.setValidatorCompiler(compileValidator)
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) => sendProblem(notFound(request.method, request.url), request, reply))
  await app.register(swagger, { openapi: openApi, transform: describeProblems })
  await app.register(healthRoutes(deps))
  await app.register(dashboardRoutes())
  await app.register(
    async (v1) => {
      v1.addHook('onRequest', async (request) => authorise(request.headers.authorization, deps.adminTokenHash))
      v1.addHook('onRoute', refuseUnknownParameters)
      for (const routes of [accountRoutes, decisionRoutes, feedbackRoutes, senderRoutes, classifyRoutes, statsRoutes])
        await v1.register(routes(deps))
    },
    { prefix: '/v1' },
  )
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  return app
}

const openApi = {
  openapi: '3.1.0' as const,
  info: { title: 'Worthwhile', version: '1', description: 'What came in, what was held, and why.' },
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] as string[] }],
}

/** A misspelt parameter is told, on routes that take none as well. */
function refuseUnknownParameters(route: RouteOptions): void {
  route.schema = { querystring: Type.Object({}, { additionalProperties: false }), ...route.schema }
}

/** Every answer but the ones a route names is a problem (RFC 9457). */
function describeProblems({ schema, url }: { schema: FastifySchema; url: string }) {
  const content = { 'application/problem+json': { schema: ProblemView } }
  const response = { ...(schema?.response as object), default: { description: 'What went wrong', content } }
  return { schema: { ...schema, response }, url }
}

function authorise(header: string | undefined, adminTokenHash: string): void {
  const token = /^Bearer (\S{1,200})$/.exec(header ?? '')?.[1]
  if (!token || !isToken(token, adminTokenHash))
    throw new WorthwhileError('UNAUTHORIZED', 'Send the token as "Authorization: Bearer TOKEN".')
}

function notFound(method: string, url: string): WorthwhileError {
  return new WorthwhileError(
    'ROUTE_NOT_FOUND',
    `There is no ${method} ${url.split('?')[0]}; /openapi.json lists what there is.`,
  )
}
