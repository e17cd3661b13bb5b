import type { FastifyInstance } from 'fastify'
import { accountFrom } from './account.ts'
import { buildApi } from './api/app.ts'
import { WorthwhileError } from './errors.ts'
import { adminTokenHash, type Installation } from './installation.ts'
import type { Settings } from './settings/config.ts'
import { keys } from './store/keys.ts'
import { Poller } from './watch/poller.ts'
import { JobWorker } from './worker.ts'

/** A part of the service that runs until it is stopped. */
export interface Role {
  readonly stop: () => Promise<void>
}

/** Listens for HTTP. `address` is the URL of the API. */
export async function startApi(installation: Installation): Promise<Role & { address: string; app: FastifyInstance }> {
  const { settings, logger } = installation
  const hash = adminTokenHash(installation, (token) =>
    process.stdout.write(`Admin token (shown once, keep it): ${token}\n`),
  )
  const app = await buildApi({ ...installation, adminTokenHash: hash })
  const address = await listen(app, settings)
  logger.info({ address }, 'the API listens')
  return { address, app, stop: () => app.close() }
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (cause) {
    await app.close()
    const { code } = cause as NodeJS.ErrnoException
    const text = `HOST and PORT: nothing can listen on ${host}, port ${port} (${code}). Set them to an address of this machine and a free port.`
    throw new WorthwhileError('SETTINGS_INVALID', text, { cause })
  }
}

/** Watches inboxes, together with any other poller processes. */
export async function startPoller(installation: Installation): Promise<Role> {
  const { redis, logger } = installation
  const poller = new Poller(installation)
  const subscriber = installation.connect('worker')
  subscriber.on('message', () => poller.nudge())
  // Waits for Redis as long as it takes.
  await subscriber.subscribe(keys.accountsChanged)
  await addConfiguredAccounts(installation)
  // After an outage the queue may have lost jobs; the mailboxes have not.
  redis.on('ready', () => {
    poller.storeIsBack()
  })
  poller.start()
  logger.info('the poller runs')
  return { stop: () => poller.stop() }
}

/** Judges and learns, together with any other worker processes. */
export async function startWorker(installation: Installation): Promise<Role> {
  const worker = new JobWorker(() => installation.connect('worker'), installation)
  installation.logger.info({ concurrency: installation.concurrency }, 'the worker runs')
  return { stop: () => worker.stop() }
}

/** Accounts of the settings file are added once; later changes are made through the API. */
async function addConfiguredAccounts({ settings, accounts, accountDefaults, logger }: Installation): Promise<void> {
  for (const input of settings.accounts) {
    const account = accountFrom(input, accountDefaults, null, Date.now())
    if (await accounts.find(account.id)) continue
    const added = await accounts.add(account, input.imap.password).then(() => true, ignoreExisting)
    if (added) logger.info({ account: account.id }, 'an account of the settings file was added')
  }
}

/** Another poller process that started at the same time was first. */
function ignoreExisting(error: unknown): false {
  if (error instanceof WorthwhileError && error.code === 'ACCOUNT_EXISTS') return false
  throw error
}
