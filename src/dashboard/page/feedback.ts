import { signal } from '@preact/signals'
import type { Decision, Said, Scope } from './contract.ts'
import { take } from './decisions.ts'
import { call } from './session.ts'
import { plainWords, texts } from './texts/texts.ts'

/** ms during which a word can be taken back with one tap; afterwards it can still be among the reasons. */
export const UNDO_MS = 10_000

/** What is told at the foot of the page; with a decision it offers to widen or take back what was said. */
export interface Notice {
  readonly text: string
  readonly isProblem: boolean
  readonly decision?: Decision
  readonly said?: Said
  readonly scope?: Scope
}

export const notice = signal<Notice | null>(null)
/** Ids of decisions whose word is on its way. */
export const sending = signal<ReadonlySet<string>>(new Set())

const pathOf = (id: string, what: 'feedback' | 'undo') => `/v1/decisions/${encodeURIComponent(id)}/${what}`

export function tell(text: string): void {
  notice.value = { text, isProblem: false }
}

export function tellProblem(error: unknown): void {
  notice.value = { text: plainWords(error), isProblem: true }
}

/** Says whether a message was worth it; tells how it went. */
export async function say(decision: Decision, said: Said, scope: Scope = 'message'): Promise<void> {
  await whileSending(decision.id, async () => {
    const answer = await call<Decision>('POST', pathOf(decision.id, 'feedback'), { verdict: said, scope })
    take([answer])
    notice.value = { text: texts.value.toast[said], isProblem: false, decision: answer, said, scope }
  })
}

/** Takes back what was said and done about a message; tells how it went. */
export async function takeBack(decision: Decision): Promise<void> {
  await whileSending(decision.id, async () => {
    take([await call<Decision>('POST', pathOf(decision.id, 'undo'))])
    tell(texts.value.toast.undone)
  })
}

async function whileSending(id: string, send: () => Promise<void>): Promise<void> {
  if (sending.value.has(id)) return
  sending.value = new Set([...sending.value, id])
  try {
    await send()
  } catch (error) {
    tellProblem(error)
  } finally {
    sending.value = new Set([...sending.value].filter((each) => each !== id))
  }
}
