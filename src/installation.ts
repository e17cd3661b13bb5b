import { hostname } from 'node:os'
import { type AccountDefaults, mailboxLevels } from './account.ts'
import { SessionPool } from './imap/sessions.ts'
import type { Logger } from './logger.ts'
import { JobQueues } from './queue.ts'
import { hashToken, newSecret, Secrets } from './secrets.ts'
import { loadBaseline, loadClassifierSettings } from './settings/classifier-files.ts'
import type { Settings } from './settings/config.ts'
import { DataDirectory } from './settings/data-directory.ts'
import { AccountStore } from './store/accounts.ts'
import { CorrectionStore } from './store/corrections.ts'
import { CountsStore } from './store/counts.ts'
import { DecisionStore } from './store/decisions.ts'
import { LearningStore } from './store/learning.ts'
import { LeaseStore } from './store/lease.ts'
import { LessonStore } from './store/lessons.ts'
import { PositionStore } from './store/positions.ts'
import { ReaderActStore } from './store/reader-acts.ts'
import { connectRedis, type RedisClient, type RedisUse } from './store/redis.ts'
import { StatsStore } from './store/stats.ts'
import { StatusStore } from './store/status.ts'

/** Everything that the roles are built from, over one Redis. */
export type Installation = ReturnType<typeof install>

/** Constructs stores, queues and the classifier; connects to Redis, which may still be away. */
export function install(settings: Settings, redisUrl: string, logger: Logger) {
  const data = new DataDirectory(settings.dataDir)
  const secrets = new Secrets(settings.secretKey ?? data.secretKey())
  const connections = new Set<RedisClient>()
  const connect = (use: RedisUse) => {
    const client = connectRedis(redisUrl, use)
    client.on('error', (err: Error) => logger.warn({ err }, 'Redis connection'))
    connections.add(client)
    return client
  }
  const redis = connect('request')
  const counts = new CountsStore(redis, secrets)
  const accounts = new AccountStore(redis, secrets)
  const accountDefaults: AccountDefaults = {
    mailboxes: {
      noise: mailboxLevels(settings.mailboxes.noise),
      later: mailboxLevels(settings.mailboxes.later),
    },
    retentionDays: settings.retentionDays,
  }
  return {
    settings,
    logger,
    data,
    secrets,
    redis,
    connect,
    counts,
    corrections: new CorrectionStore(redis),
    lessons: new LessonStore(redis, counts),
    accounts,
    acts: new ReaderActStore(redis),
    accountDefaults,
    decisions: new DecisionStore(redis),
    learning: new LearningStore(redis, counts),
    leases: new LeaseStore(redis, `${hostname()}-${process.pid}-${newSecret().slice(0, 8)}`),
    positions: new PositionStore(redis),
    stats: new StatsStore(redis),
    status: new StatusStore(redis),
    queues: new JobQueues(redis),
    sessions: new SessionPool((id) => accounts.password(id)),
    baseline: loadBaseline(),
    classifier: loadClassifierSettings(settings.classifier),
    concurrency: settings.concurrency,
    limits: settings.learn,
    now: () => Date.now(),
    close: () => {
      for (const client of connections) client.disconnect()
    },
  }
}

/** The hash of the admin token; one that had to be made is shown once. */
export function adminTokenHash({ settings, data }: Installation, show: (token: string) => void): string {
  if (settings.adminToken !== null) return hashToken(settings.adminToken)
  const { hash, made } = data.adminToken()
  if (made) show(made)
  return hash
}
