import { EmbeddedRedis } from './embedded-redis.ts'
import { WorthwhileError } from './errors.ts'
import { type Installation, install } from './installation.ts'
import { SHUTDOWN_GRACE_MS } from './limits.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Role } from './roles.ts'
import { readSettings, type Settings } from './settings/config.ts'
import { DataDirectory } from './settings/data-directory.ts'

type StartRole = (installation: Installation) => Promise<Role>

/** A running process of the service. */
export interface Running {
  readonly installation: Installation
  readonly roles: readonly Role[]
  readonly stop: () => Promise<void>
}

/**
 * Starts the given roles in this process, with a Redis of its own where none is named and `mayEmbed` allows it.
 * Stops in reverse order: roles, connections, Redis last.
 */
export async function run(settings: Settings, startRoles: readonly StartRole[], mayEmbed: boolean): Promise<Running> {
  const logger = createLogger(settings.logLevel)
  const cleanups: Cleanup[] = []
  const stop = () => cleanUp(cleanups, logger)
  try {
    const redisUrl = settings.redisUrl ?? (await startRedis(settings, mayEmbed, logger, cleanups))
    const installation = install(settings, redisUrl, logger)
    const { queues, sessions, close } = installation
    cleanups.push(
      close,
      () => sessions.close(),
      () => queues.close(),
    )
    const roles: Role[] = []
    for (const start of startRoles) {
      const role = await start(installation)
      roles.push(role)
      cleanups.push(() => role.stop())
    }
    return { installation, roles, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Cleanup = () => unknown

/** Undoes what was started, last things first; what fails does not keep the rest from being stopped. */
async function cleanUp(cleanups: Cleanup[], logger: Logger): Promise<void> {
  const failures: unknown[] = []
  for (let undo = cleanups.pop(); undo; undo = cleanups.pop())
    try {
      await undo()
    } catch (err) {
      logger.error({ err }, 'a part of the service could not be stopped in order')
      failures.push(err)
    }
  if (failures.length > 0) throw failures[0]
}

async function startRedis(settings: Settings, mayEmbed: boolean, logger: Logger, cleanups: Cleanup[]): Promise<string> {
  if (!mayEmbed)
    throw new WorthwhileError(
      'SETTINGS_INVALID',
      'REDIS_URL must be set when api, poller and worker run as processes of their own: they share one Redis.',
    )
  cleanups.push(new DataDirectory(settings.dataDir).lock())
  const redis = new EmbeddedRedis(settings.dataDir, logger)
  cleanups.push(() => redis.stop())
  await redis.start()
  return redis.url
}

/** The main of a process: reads the settings, runs the roles, and stops them on SIGINT, SIGTERM or SIGHUP. */
export async function main(startRoles: readonly StartRole[], options: { mayEmbed: boolean }): Promise<void> {
  try {
    const starting = run(readSettings(process.env), startRoles, options.mayEmbed)
    stopOnSignal(starting)
    await starting
  } catch (error) {
    const text = error instanceof WorthwhileError ? `${error.code}: ${error.message}` : (error as Error).stack
    process.stderr.write(`${text}\n`)
    process.exitCode = 1
  }
}

/** A signal that comes while the service starts is heeded when it has started, at the latest after some seconds. */
function stopOnSignal(starting: Promise<Running>): void {
  let stopping = false
  const onSignal = async (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    let late = setTimeout(() => process.exit(1), SHUTDOWN_GRACE_MS)
    try {
      const { installation, stop } = await starting
      clearTimeout(late)
      late = setTimeout(() => process.exit(1), 3 * SHUTDOWN_GRACE_MS)
      installation.logger.info({ signal }, 'stopping')
      await stop()
      clearTimeout(late)
    } catch {
      // Told by whoever ran into it; what is left of the process must not live on.
      process.exit(1)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
}
