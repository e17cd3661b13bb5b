/** What was done in a run, with times in ms since the storm began. */
export class Journal {
  readonly #lines: string[] = []
  #startedAt = Date.now()

  start(): void {
    this.#startedAt = Date.now()
  }

  note(text: string): void {
    this.#lines.push(`${String(this.elapsedMs).padStart(7)} ms  ${text}`)
  }

  get elapsedMs(): number {
    return Date.now() - this.#startedAt
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
