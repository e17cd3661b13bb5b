import type { Account } from '../account.ts'
import { WorthwhileError } from '../errors.ts'
import { newSecret, type Secrets } from '../secrets.ts'
import { keys } from './keys.ts'
import { type RedisClient, storing } from './redis.ts'

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

  async update(account: Account, password?: string): Promise<void> {
    await storing('change an account', async () => {
      await this.#redis.set(keys.account(account.id), JSON.stringify(account))
      if (password !== undefined)
        await this.#redis.set(keys.credential(account.id), this.#secrets.seal(password, account.id))
    })
    await this.#announce(account.id)
  }

  async remove(id: string): Promise<void> {
    await storing('remove an account', async () => {
      await this.#redis.srem(keys.accounts, id)
      await this.#redis.del(keys.account(id), keys.credential(id), keys.status(id))
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
    if (!account) throw new WorthwhileError('ACCOUNT_NOT_FOUND', `There is no account ${id}.`)
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

  async #put({ account, sealed }: StoredAccount): Promise<boolean> {
    return storing('store an account', async () => {
      const added = await this.#redis.set(keys.account(account.id), JSON.stringify(account), 'NX')
      if (added) await this.#redis.set(keys.credential(account.id), sealed)
      await this.#redis.sadd(keys.accounts, account.id)
      return added === 'OK'
    })
  }

  async #announce(id: string): Promise<void> {
    await storing('announce a change', () => this.#redis.publish(keys.accountsChanged, id))
  }
}
