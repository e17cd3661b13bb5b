import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { WorthwhileError } from '../../errors.ts'
import { trackRecordOf } from '../../feedback/track-record.ts'
import type { Correction } from '../../store/corrections.ts'
import type { ApiDeps } from '../app.ts'
import { pageOf } from '../schemas.ts'

const AccountQuery = Type.Object({ account: Type.String({ maxLength: 63 }) }, { additionalProperties: false })
const Address = Type.Object({ address: Type.String({ maxLength: 320, pattern: '^[^\\s@]+@[^\\s@]+$' }) })
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

const Tally = Type.Object({ valuable: Type.Number(), noise: Type.Number() })
const TrackRecordView = Type.Object({
  address: Type.String(),
  writtenTo: Type.Integer({ description: 'messages the reader wrote to this address' }),
  received: Type.Integer({ description: 'messages that came from it' }),
  said: Tally,
  did: Tally,
  organisation: Type.Optional(Type.Object({ domain: Type.String(), said: Tally, did: Tally })),
  remembered: Type.Array(CorrectionView),
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

    const get = {
      tags,
      summary: 'Track record of one sender',
      params: Address,
      querystring: AccountQuery,
      response: { 200: TrackRecordView },
    }
    app.get('/senders/:address', { schema: get }, async ({ params, query }) => {
      const account = await deps.accounts.get(query.account)
      const address = params.address.toLowerCase()
      const remembered = (await deps.corrections.list(account.id)).filter(
        ({ key }) => key === address || address.endsWith(`@${key}`),
      )
      return {
        ...(await trackRecordOf(account.id, address, deps.counts, deps.now())),
        remembered: remembered.map(view),
      }
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
