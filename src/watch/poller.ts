import type { Account } from '../account.ts'
import { LEASE_RENEW_MS } from '../limits.ts'
import type { StoredAccount } from '../store/accounts.ts'
import type { LeaseStore } from '../store/lease.ts'
import { restoreStore } from './restore-store.ts'
import { type WatchDeps, type WatchState, watchAccount } from './watch-account.ts'

export interface PollerDeps extends WatchDeps {
  readonly leases: LeaseStore
}

/** An account this process watches, with all it takes to put the account back into a wiped store. */
export interface Watched {
  readonly stored: StoredAccount
  readonly state: WatchState
  readonly abort: AbortController
  readonly ended: Promise<void>
}

/**
 * Keeps every account watched by exactly one of any number of poller processes: each round it renews its leases,
 * takes over accounts nobody holds, and lets go of what was removed, paused or lost.
 */
export class Poller {
  readonly #deps: PollerDeps
  readonly #watched = new Map<string, Watched>()
  #epoch: string | null = null
  readonly #ending = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #stopped = false
  #sweepAfterRound = false

  constructor(deps: PollerDeps) {
    this.#deps = deps
  }

  start(): void {
    this.nudge()
  }

  /** Runs a round now instead of in a few seconds: an account was added or changed. */
  nudge(): void {
    clearTimeout(this.#timer)
    this.#round = this.#round.then(() => this.#runRound())
  }

  /** The store was away and may have lost jobs, or everything: the next round restores what is lost, then sweeps. */
  storeIsBack(): void {
    this.#sweepAfterRound = true
    this.nudge()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#round
    await Promise.all([...this.#watched.keys()].map((id) => this.#release(id)))
    await Promise.all(this.#ending)
  }

  async #runRound(): Promise<void> {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    try {
      await this.#checkEpoch()
      await this.#adjust(await this.#deps.accounts.list())
      if (this.#sweepAfterRound) this.#sweepAll()
    } catch (err) {
      // Without the store nobody else can take a lease either, so the watches go on.
      this.#deps.logger.warn({ err }, 'a poller round failed; it is tried again')
    }
    if (!this.#stopped) this.#timer = setTimeout(() => this.nudge(), LEASE_RENEW_MS)
  }

  #sweepAll(): void {
    this.#sweepAfterRound = false
    for (const { state } of this.#watched.values()) state.requestSweep()
  }

  /** A new epoch means that the store was wiped while this process remembers what it held. */
  async #checkEpoch(): Promise<void> {
    const epoch = await this.#deps.accounts.epoch()
    if (this.#epoch !== null && this.#epoch !== epoch) {
      this.#deps.logger.error('the store lost its data; accounts are restored and their mail is accounted for again')
      await restoreStore([...this.#watched.values()], this.#deps)
    }
    this.#epoch = epoch
  }

  async #adjust(accounts: Account[]): Promise<void> {
    const wanted = new Map(accounts.filter((account) => !account.paused).map((account) => [account.id, account]))
    for (const id of this.#watched.keys()) if (!wanted.has(id)) await this.#release(id)
    for (const account of wanted.values()) await this.#hold(account)
  }

  async #hold(account: Account): Promise<void> {
    const held = await this.#deps.leases.acquire(account.id)
    const watched = this.#watched.get(account.id)
    const current = held ? await this.#deps.accounts.stored(account) : null
    if (watched && (!current || isChanged(watched.stored, current))) this.#abandon(account.id)
    if (current && !this.#watched.has(account.id)) this.#begin(current)
  }

  #begin(stored: StoredAccount): void {
    const abort = new AbortController()
    const state: WatchState = { position: null, requestSweep: () => undefined }
    const ended = watchAccount(stored.account, state, this.#deps, abort.signal)
    this.#watched.set(stored.account.id, { stored, state, abort, ended })
  }

  /** Ends a watch without waiting: a server that hangs must not hold up the leases of the others. */
  #abandon(id: string): void {
    const watched = this.#watched.get(id)
    if (!watched) return
    this.#watched.delete(id)
    watched.abort.abort()
    this.#ending.add(watched.ended)
    watched.ended.finally(() => this.#ending.delete(watched.ended))
  }

  async #release(id: string): Promise<void> {
    this.#abandon(id)
    await this.#deps.leases
      .release(id)
      .catch((err) => this.#deps.logger.warn({ err, account: id }, 'a lease could not be released; it expires'))
  }
}

function isChanged(a: StoredAccount, b: StoredAccount): boolean {
  return a.sealed !== b.sealed || JSON.stringify(a.account) !== JSON.stringify(b.account)
}
