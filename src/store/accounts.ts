import type { Account } from '../account.ts'
import { WorthwhileError } from '../errors.ts'
import { newSecret, type Secrets } from '../secrets.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

/** Account and credential are there both or not at all; one that exists stays as it is. */
const ADD = `
if redis.call('exists', KEYS[1]) == 1 then return 0 end
redis.call('set', KEYS[1], ARGV[1])
redis.call('set', KEYS[2], ARGV[2])
return 1`

/** Changes an account that is still there; ARGV[2] is the new credential or empty. */
const UPDATE = `
if redis.call('exists', KEYS[1]) == 0 then return 0 end
redis.call('set', KEYS[1], ARGV[1])
if ARGV[2] ~= '' then redis.call('set', KEYS[2], ARGV[2]) end
return 1`

/** What a status says about the present, not about what was learned. */
const PASSING = ['lastMailAt', 'lastSyncAt', 'problem', 'learnedPercent', 'learning']

/** An account with its sealed password, as a poller remembers it to restore a wiped store. */
export interface StoredAccount {
  readonly account: Account
  readonly sealed: string
}

/** The protected accounts. Throws STORE_UNAVAILABLE when Redis is away. */
export class AccountStore {
  readonly #redis: RedisClient
  readonly #secrets: Secrets

  constructor(redis: RedisClient, secrets: Secrets) {
    this.#redis = redis
    this.#secrets = secrets
  }

  /** Throws ACCOUNT_EXISTS when the id is taken. */
  async add(account: Account, password: string): Promise<void> {
    const added = await this.#put({ account, sealed: this.#secrets.seal(password, account.id) })
    if (!added)
      throw new WorthwhileError(
        'ACCOUNT_EXISTS',
        `An account ${account.id} exists already; choose another id or PATCH it.`,
      )
    await this.#announce(account.id)
  }

  /** Puts an account back after the store was wiped; leaves one that exists as it is. */
  async restore(stored: StoredAccount): Promise<void> {
    await this.#put(stored)
  }

  /** Throws ACCOUNT_NOT_FOUND when it was removed meanwhile. */
  async update(account: Account, password?: string): Promise<void> {
    const sealed = password === undefined ? '' : this.#secrets.seal(password, account.id)
    if (!(await this.#write('change an account', UPDATE, { account, sealed }))) throw notFound(account.id)
    await this.#announce(account.id)
  }

  /** Ends the protection. What was learned and decided stays, unless it is forgotten; where INBOX stood does not. */
  async remove(id: string): Promise<void> {
    await storing('remove an account', async () => {
      await this.#redis
        .multi()
        .del(...[keys.account, keys.credential, keys.position, keys.decided].map((key) => key(id)))
        .hdel(keys.status(id), ...PASSING)
        .exec()
      await this.#redis.srem(keys.accounts, id)
    })
    await this.#announce(id)
  }

  async find(id: string): Promise<Account | null> {
    const json = await storing('read an account', () => this.#redis.get(keys.account(id)))
    return json === null ? null : (JSON.parse(json) as Account)
  }

  /** Throws ACCOUNT_NOT_FOUND. */
  async get(id: string): Promise<Account> {
    const account = await this.find(id)
    if (!account) throw notFound(id)
    return account
  }

  async password(id: string): Promise<string> {
    const sealed = await storing('read a credential', () => this.#redis.get(keys.credential(id)))
    if (sealed === null) throw new WorthwhileError('ACCOUNT_NOT_FOUND', `There is no credential for account ${id}.`)
    return this.#secrets.open(sealed, id)
  }

  /** Sorted by id. */
  async list(): Promise<Account[]> {
    const ids = await storing('list accounts', () => this.#redis.smembers(keys.accounts))
    const found = await Promise.all(ids.sort().map((id) => this.find(id)))
    return found.filter((account) => account !== null)
  }

  async stored(account: Account): Promise<StoredAccount | null> {
    const sealed = await storing('read a credential', () => this.#redis.get(keys.credential(account.id)))
    return sealed === null ? null : { account, sealed }
  }

  /** The store's epoch, made when there is none: another one than before means that the store was wiped. */
  async epoch(): Promise<string> {
    return storing('read the epoch', async () => {
      await this.#redis.set(keys.epoch, newSecret(), 'NX')
      return (await this.#redis.get(keys.epoch)) ?? ''
    })
  }

  /** Listed first: an id in the list without an account behind it does no harm, the reverse would hide an account. */
  async #put(stored: StoredAccount): Promise<boolean> {
    await storing('list an account', () => this.#redis.sadd(keys.accounts, stored.account.id))
    return this.#write('store an account', ADD, stored)
  }

  async #write(what: string, script: string, { account, sealed }: StoredAccount): Promise<boolean> {
    const names = [keys.account(account.id), keys.credential(account.id)]
    const done = await storing(what, () => this.#redis.eval(script, 2, ...names, JSON.stringify(account), sealed))
    return done === 1
  }

  async #announce(id: string): Promise<void> {
    await storing('announce a change', () => this.#redis.publish(keys.accountsChanged, id))
  }
}

const notFound = (id: string) => new WorthwhileError('ACCOUNT_NOT_FOUND', `There is no account ${id}.`)
