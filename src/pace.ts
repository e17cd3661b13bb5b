/** Figures of a long piece of work, for people who wait for it. */
export interface PaceFigures {
  readonly done: number
  readonly total: number
  readonly perSecond: number
  /** null until there is something to reckon from. */
  readonly secondsLeft: number | null
}

/** How fast work goes and how long it will take. Times are passed in, in ms. */
export class Pace {
  readonly #total: number
  readonly #startedAt: number
  #done = 0
  #now: number

  constructor(total: number, startedAt: number) {
    this.#total = total
    this.#startedAt = startedAt
    this.#now = startedAt
  }

  advance(by: number, now: number): void {
    this.#done += by
    this.#now = now
  }

  /** 0..99: only the end of the work itself is 100. */
  get percent(): number {
    return this.#total === 0 ? 99 : Math.min(99, Math.floor((100 * this.#done) / this.#total))
  }

  get figures(): PaceFigures {
    const seconds = (this.#now - this.#startedAt) / 1000
    const perSecond = seconds > 0 ? Math.round(this.#done / seconds) : 0
    const left = Math.max(0, this.#total - this.#done)
    return {
      done: this.#done,
      total: this.#total,
      perSecond,
      secondsLeft: perSecond > 0 ? Math.ceil(left / perSecond) : null,
    }
  }
}
