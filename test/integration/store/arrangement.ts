import { randomUUID } from 'node:crypto'
import type { Account } from '../../../src/account.ts'
import { type Decision, decisionId } from '../../../src/decision.ts'
import { Secrets } from '../../../src/secrets.ts'
import { AccountStore } from '../../../src/store/accounts.ts'
import { CountsStore } from '../../../src/store/counts.ts'
import { DecisionStore } from '../../../src/store/decisions.ts'
import { LearningStore } from '../../../src/store/learning.ts'
import { PositionStore } from '../../../src/store/positions.ts'
import type { RedisClient } from '../../../src/store/redis.ts'
import { StatsStore } from '../../../src/store/stats.ts'
import { StatusStore } from '../../../src/store/status.ts'

export const secrets = new Secrets('the secret of this installation')

/** All stores over one connection, as the service has them. */
export function storesOn(redis: RedisClient) {
  const counts = new CountsStore(redis, secrets)
  return {
    redis,
    counts,
    accounts: new AccountStore(redis, secrets),
    decisions: new DecisionStore(redis),
    learning: new LearningStore(redis, counts),
    positions: new PositionStore(redis),
    stats: new StatsStore(redis),
    status: new StatusStore(redis),
  }
}
export type Stores = ReturnType<typeof storesOn>

/** An account id that no other test uses. */
export const newId = () => `a${randomUUID().slice(0, 8)}`

export function accountWith(over: Partial<Account> = {}): Account {
  return {
    id: newId(),
    imap: { host: 'mail.example.org', port: 993, security: 'tls', user: 'ada' },
    mode: 'act',
    paused: false,
    addresses: ['ada@example.org'],
    mailboxes: { noise: ['Worthwhile', 'Noise'], later: ['Worthwhile', 'Later'] },
    authservId: null,
    retentionDays: 30,
    createdAt: 1_700_000_000_000,
    start: { uidValidity: '1', uidNext: 1 },
    ...over,
  }
}

/** An account that is in the store; its password is `secret`. */
export async function addedTo({ accounts }: Stores, over: Partial<Account> = {}): Promise<Account> {
  const account = accountWith(over)
  await accounts.add(account, 'secret')
  return account
}

export const NOON = Date.UTC(2026, 2, 1, 12)

/** A decision on message `uid` of INBOX, made that many ms after noon of 1 March 2026. */
export function decisionOn(account: string, uid: number, over: Partial<Decision> = {}): Decision {
  const at = NOON + uid
  return {
    id: decisionId({ accountId: account, mailbox: 'inbox', uidValidity: '1', uid }),
    account,
    uid,
    verdict: 'noise',
    probability: 0.02,
    receivedAt: at - 2000,
    decidedAt: at,
    announcedAt: at - 10,
    sizeBytes: 1234,
    content: `content-${uid}`,
    mailbox: 'INBOX',
    placeUid: uid,
    moved: false,
    latencyMs: null,
    quotes: {
      messageId: `${uid}@example.org`,
      from: 'Bob Seller <bob@example.org>',
      subject: `Offer ${uid}`,
      evidence: [{ name: 'fake-reply', weight: -2.5, words: ['Re:'], text: 'It pretends to be a reply.' }],
    },
    ...over,
  }
}

/** Every key of the store with its serialised value. */
export async function everything(redis: RedisClient): Promise<Record<string, string>> {
  const names = (await redis.keys('*')).sort()
  const dumps = await Promise.all(names.map((name) => redis.dumpBuffer(name)))
  return Object.fromEntries(names.map((name, i) => [name, dumps[i]?.toString('base64') ?? '']))
}
