import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { WorthwhileError } from '../../errors.ts'
import type { ApiDeps } from '../app.ts'
import { listDecisions } from '../list-decisions.ts'
import { DecisionId, DecisionsQuery, DecisionView, pageOf } from '../schemas.ts'
import { viewDecision } from '../views.ts'

const tags = ['decisions']

export const decisionRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const list = {
      tags,
      summary: 'Decisions, newest first',
      querystring: DecisionsQuery,
      response: { 200: pageOf(DecisionView) },
    }
    app.get('/decisions', { schema: list }, async ({ query }) => {
      const { items, nextCursor } = await listDecisions(query, deps)
      return { items: items.map(viewDecision), ...(nextCursor ? { nextCursor } : {}) }
    })

    const get = { tags, summary: 'One decision with its evidence', params: DecisionId, response: { 200: DecisionView } }
    app.get('/decisions/:id', { schema: get }, async ({ params }) => {
      const decision = await deps.decisions.find(params.id)
      if (!decision) throw new WorthwhileError('DECISION_NOT_FOUND', `There is no decision ${params.id}.`)
      return viewDecision(decision)
    })
  }
