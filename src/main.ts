import { readSettings, type Settings } from './config.ts'
import { DataDirectory } from './data-directory.ts'
import { EmbeddedRedis } from './embedded-redis.ts'
import { WorthwhileError } from './errors.ts'
import { type Installation, install } from './installation.ts'
import { SHUTDOWN_GRACE_MS } from './limits.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Role } from './roles.ts'

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
  const embedded = await embeddedRedis(settings, mayEmbed, logger)
  const installation = install(settings, embedded?.redis.url ?? settings.redisUrl ?? '', logger)
  const roles: Role[] = []
  const stop = async () => {
    for (const role of [...roles].reverse()) await role.stop()
    await installation.queues.close()
    await installation.sessions.close()
    installation.close()
    await embedded?.redis.stop()
    embedded?.unlock()
  }
  try {
    for (const start of startRoles) roles.push(await start(installation))
  } catch (error) {
    await stop()
    throw error
  }
  return { installation, roles, stop }
}

async function embeddedRedis(settings: Settings, mayEmbed: boolean, logger: Logger) {
  if (settings.redisUrl) return null
  if (!mayEmbed)
    throw new WorthwhileError(
      'SETTINGS_INVALID',
      'REDIS_URL must be set when api, poller and worker run as processes of their own: they share one Redis.',
    )
  const unlock = new DataDirectory(settings.dataDir).lock()
  const redis = new EmbeddedRedis(settings.dataDir, logger)
  try {
    await redis.start()
    return { redis, unlock }
  } catch (error) {
    await redis.stop()
    unlock()
    throw error
  }
}

/** The main of a process: reads the settings, runs the roles, and stops them on SIGINT or SIGTERM. */
export async function main(startRoles: readonly StartRole[], options: { mayEmbed: boolean }): Promise<void> {
  try {
    const running = await run(readSettings(process.env), startRoles, options.mayEmbed)
    stopOnSignal(running)
  } catch (error) {
    process.stderr.write(
      `${error instanceof WorthwhileError ? `${error.code}: ${error.message}` : (error as Error).stack}\n`,
    )
    process.exitCode = 1
  }
}

function stopOnSignal({ stop, installation }: Running): void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    installation.logger.info({ signal }, 'stopping')
    const late = setTimeout(() => process.exit(1), 3 * SHUTDOWN_GRACE_MS)
    stop().then(
      () => clearTimeout(late),
      (err) => {
        installation.logger.error({ err }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
