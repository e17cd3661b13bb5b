import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { WorthwhileError } from '../../errors.ts'
import type { Correction } from '../../store/corrections.ts'
import type { ApiDeps } from '../app.ts'
import { pageOf } from '../schemas.ts'

const AccountQuery = Type.Object({ account: Type.String({ maxLength: 63 }) }, { additionalProperties: false })
const Key = Type.Object({
  key: Type.String({ maxLength: 330, description: 'an address, a domain, or the key of a message' }),
})
const Kind = Type.Union([Type.Literal('message'), Type.Literal('sender'), Type.Literal('domain')])

const CorrectionView = Type.Object({
  kind: Kind,
  key: Type.String(),
  verdict: Type.Union([Type.Literal('valuable'), Type.Literal('noise')]),
  at: Type.String({ format: 'date-time' }),
  decision: Type.String(),
})

const view = ({ scope, key, verdict, at, decision }: Correction) => ({
  kind: scope,
  key,
  verdict,
  at: new Date(at).toISOString(),
  decision,
})

/** What the reader said about messages, senders and domains, each of it removable. */
export const senderRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const tags = ['senders']
    const list = {
      tags,
      summary: 'What the reader said, newest first',
      querystring: AccountQuery,
      response: { 200: pageOf(CorrectionView) },
    }
    app.get('/senders', { schema: list }, async ({ query }) => {
      const account = await deps.accounts.get(query.account)
      return { items: (await deps.corrections.list(account.id)).map(view) }
    })

    const remove = {
      tags,
      summary: 'Forget what was said about a message, sender or domain',
      params: Key,
      querystring: AccountQuery,
    }
    app.delete('/senders/:key', { schema: remove }, async ({ params, query }, reply) => {
      const account = await deps.accounts.get(query.account)
      const found = (await deps.corrections.list(account.id)).filter(({ key }) => key === params.key)
      if (found.length === 0) throw new WorthwhileError('DECISION_NOT_FOUND', 'Nothing is remembered under this key.')
      for (const { scope, key } of found) await deps.corrections.remove(account.id, scope, key)
      return reply.status(204).send()
    })
  }
