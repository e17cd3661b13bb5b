import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  type Account,
  AccountChange,
  accountFrom,
  changedAccount,
  type MailboxPosition,
  NewAccount,
} from '../../account.ts'
import { WorthwhileError } from '../../errors.ts'
import { answered, connectImap } from '../../imap/connect.ts'
import { logout } from '../../imap/sessions.ts'
import { forgetAccount } from '../../store/forget.ts'
import type { ApiDeps } from '../app.ts'
import { AccountId, AccountView, pageOf } from '../schemas.ts'
import { viewAccount } from '../views.ts'

const ForgetQuery = Type.Object(
  { forget: Type.Optional(Type.Boolean({ default: false })) },
  { additionalProperties: false },
)
const tags = ['accounts']

export const accountRoutes =
  (deps: ApiDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const view = async (account: Account) => viewAccount(account, await deps.status.get(account.id))

    const list = { tags, summary: 'All accounts', response: { 200: pageOf(AccountView) } }
    app.get('/accounts', { schema: list }, async () => ({
      items: await Promise.all((await deps.accounts.list()).map(view)),
    }))

    const add = { tags, summary: 'Protect an account; logs in first', body: NewAccount, response: { 201: AccountView } }
    app.post('/accounts', { schema: add }, async (request, reply) =>
      reply.status(201).send(await view(await addAccount(request.body, deps))),
    )

    const get = { tags, summary: 'One account', params: AccountId, response: { 200: AccountView } }
    app.get('/accounts/:id', { schema: get }, async ({ params }) => view(await deps.accounts.get(params.id)))

    const change = {
      tags,
      summary: 'Change an account',
      params: AccountId,
      body: AccountChange,
      response: { 200: AccountView },
    }
    app.patch('/accounts/:id', { schema: change }, async ({ params, body }) =>
      view(await changeAccount(params.id, body, deps)),
    )

    const remove = {
      tags,
      summary: 'Stop protecting an account',
      params: AccountId,
      querystring: ForgetQuery,
      response: { 204: Type.Null({ description: 'Done' }) },
    }
    app.delete('/accounts/:id', { schema: remove }, async ({ params, query }, reply) => {
      await deps.accounts.get(params.id)
      await deps.accounts.remove(params.id)
      if (query.forget) await forgetAccount(deps.redis, params.id)
      return reply.status(204).send(null)
    })

    const learn = { tags, summary: 'Learn again from the mailboxes', params: AccountId, response: { 202: AccountView } }
    app.post('/accounts/:id/learn', { schema: learn }, async ({ params }, reply) => {
      const account = await deps.accounts.get(params.id)
      await deps.learning.restart(account.id)
      await deps.lessons.addAgain(account.id)
      await deps.status.set(account.id, { learnedPercent: 0 })
      await deps.queues.addLearning(account.id)
      return reply.status(202).send(await view(account))
    })
  }

async function addAccount(input: NewAccount, deps: ApiDeps): Promise<Account> {
  const account = accountFrom(input, deps.accountDefaults, null, Date.now())
  if (await deps.accounts.find(account.id))
    throw new WorthwhileError(
      'ACCOUNT_EXISTS',
      `An account ${account.id} exists already; choose another id or PATCH it.`,
    )
  const started = { ...account, start: await inboxPosition(account, input.imap.password) }
  await deps.accounts.add(started, input.imap.password)
  return started
}

async function changeAccount(id: string, change: AccountChange, deps: ApiDeps): Promise<Account> {
  const account = await deps.accounts.get(id)
  let changed = changedAccount(account, change)
  if (change.imap) {
    const inbox = await inboxPosition(changed, change.imap.password ?? (await deps.accounts.password(id)))
    // The login may take long: whatever was changed meanwhile, such as a switch to observe, must not be undone by this.
    const start = isOtherInbox(account, changed, inbox) ? inbox : account.start
    changed = { ...changedAccount(await deps.accounts.get(id), change), start }
  }
  await deps.accounts.update(changed, change.imap?.password)
  if (changed.start !== account.start && changed.start) await deps.positions.restart(id, changed.start)
  if (changed.retentionDays !== account.retentionDays) await deps.decisions.retain(id, changed.retentionDays)
  return changed
}

/** Another login or server with another INBOX: what lies in it now was there before, and is not judged. */
function isOtherInbox(before: Account, after: Account, inbox: MailboxPosition): boolean {
  if (before.imap.user !== after.imap.user) return true
  return before.imap.host !== after.imap.host && before.start?.uidValidity !== inbox.uidValidity
}

/** Logs in, and tells where INBOX stands. Throws IMAP_AUTH, IMAP_TLS, IMAP_CONNECTION. */
async function inboxPosition(account: Account, password: string): Promise<MailboxPosition> {
  const client = await connectImap(account.imap, password)
  try {
    const status = await answered(client, 'STATUS', client.status('INBOX', { uidNext: true, uidValidity: true }))
    if (!status) throw new WorthwhileError('IMAP_REFUSED', 'The server does not tell the state of INBOX.')
    return { uidValidity: String(status.uidValidity ?? 0), uidNext: status.uidNext ?? 1 }
  } finally {
    await logout(client)
  }
}
