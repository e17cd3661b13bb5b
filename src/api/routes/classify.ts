import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Account } from '../../account.ts'
import { accountFrom } from '../../account.ts'
import { NO_QUOTES, quotesOf } from '../../decision.ts'
import { WorthwhileError } from '../../errors.ts'
import { fingerprintOf } from '../../imap/fetch.ts'
import { MAX_CLASSIFY_BYTES, MAX_SOURCE_BYTES } from '../../limits.ts'
import { judge } from '../../message/judge.ts'
import { type AccountStatus, NOTHING_LEARNED } from '../../store/status.ts'
import type { ApiDeps } from '../app.ts'
import { ClassifyQuery, JudgementView } from '../schemas.ts'

export const classifyRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addContentTypeParser(
      'message/rfc822',
      { parseAs: 'buffer', bodyLimit: MAX_CLASSIFY_BYTES },
      (_request, body, done) => done(null, body),
    )
    const schema = {
      tags: ['decisions'],
      summary: 'The decision a message would get; nothing is stored or moved',
      consumes: ['message/rfc822'],
      querystring: ClassifyQuery,
      body: Type.Unsafe<Buffer>({ description: 'a message as RFC 5322 text' }),
      response: { 200: JudgementView },
    }
    app.post('/classify', { schema, bodyLimit: MAX_CLASSIFY_BYTES }, async ({ body, query }) => {
      if (!Buffer.isBuffer(body))
        throw new WorthwhileError('UNSUPPORTED_MEDIA_TYPE', 'Send the message itself with content-type message/rfc822.')
      if (body.length === 0) throw new WorthwhileError('INVALID_INPUT', 'The body is empty; send the message itself.')
      const account = await accountFor(query.account, deps)
      const status = account ? await deps.status.get(account.id) : NOTHING_LEARNED
      return judgement(body, account ?? nobody(deps), status, deps)
    })
  }

async function judgement(body: Buffer, account: Account, status: AccountStatus, deps: ApiDeps) {
  const source = body.subarray(0, MAX_SOURCE_BYTES)
  const truncated = source.length < body.length
  const judged = await judge(
    {
      source,
      sizeBytes: body.length,
      truncated,
      internalDate: Date.now(),
      fingerprint: fingerprintOf(source, body.length),
    },
    account,
    status,
    deps,
  )
  const { messageId, from, subject, evidence } = judged.message
    ? quotesOf(judged.message, judged.classification)
    : NO_QUOTES
  const { verdict, probability } = judged.classification
  const plain = evidence.map((each) => ({ ...each, words: [...each.words] }))
  return {
    messageId,
    from,
    subject,
    verdict,
    probability,
    evidence: plain,
    ...(judged.problem ? { problem: judged.problem } : {}),
  }
}

/** The named account, or the only one there is. */
async function accountFor(id: string | undefined, deps: ApiDeps): Promise<Account | null> {
  if (id) return deps.accounts.get(id)
  const all = await deps.accounts.list()
  return all.length === 1 ? (all[0] ?? null) : null
}

/** A reader about whom nothing is known. */
function nobody({ accountDefaults }: ApiDeps): Account {
  const imap = { host: 'none', port: 1, security: 'none', user: 'nobody', password: '-' } as const
  return accountFrom({ id: 'nobody', imap }, accountDefaults, null, 0)
}
