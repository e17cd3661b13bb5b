import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Decision } from '../../decision.ts'
import { WorthwhileError } from '../../errors.ts'
import { applyFeedback, undoDecision } from '../../feedback/apply-feedback.ts'
import type { ApiDeps } from '../app.ts'
import { DecisionId, DecisionView } from '../schemas.ts'
import { viewDecision } from '../views.ts'

const FeedbackBody = Type.Object(
  {
    verdict: Type.Union([Type.Literal('valuable'), Type.Literal('noise')]),
    scope: Type.Optional(
      Type.Union([Type.Literal('message'), Type.Literal('sender'), Type.Literal('domain')], { default: 'message' }),
    ),
  },
  { additionalProperties: false },
)

export const feedbackRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const feedback = {
      tags: ['decisions'],
      summary: "The reader's word about a message: learned at once, and the message is moved where it belongs",
      params: DecisionId,
      body: FeedbackBody,
      response: { 200: DecisionView },
    }
    app.post('/decisions/:id/feedback', { schema: feedback }, async ({ params, body }) => {
      const { verdict, scope = 'message' } = body
      return viewDecision(
        await applyFeedback(await decisionOf(params.id, deps), { verdict, scope, source: 'api' }, deps),
      )
    })

    const undo = {
      tags: ['decisions'],
      summary: 'As if it had never been decided',
      params: DecisionId,
      response: { 200: DecisionView },
    }
    app.post('/decisions/:id/undo', { schema: undo }, async ({ params }) =>
      viewDecision(await undoDecision(await decisionOf(params.id, deps), deps)),
    )
  }

async function decisionOf(id: string, deps: ApiDeps): Promise<Decision> {
  const decision = await deps.decisions.find(id)
  if (!decision) throw new WorthwhileError('DECISION_NOT_FOUND', `There is no decision ${id}.`)
  return decision
}
