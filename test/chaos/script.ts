import { between, pick, type Random, randomFrom } from './random.ts'

/** Which process a fault hits. */
export type Target = 'api' | 'poller0' | 'poller1' | 'worker0' | 'worker1'

export const TARGETS: readonly Target[] = ['api', 'poller0', 'poller1', 'worker0', 'worker1']

/** Something that goes wrong at `at` and is over `forMs` later (ms since the start of the storm). */
export type Fault = { readonly at: number; readonly forMs: number } & (
  | { readonly kind: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP'; readonly target: Target }
  | {
      readonly kind:
        | 'redis-kill'
        | 'redis-pause'
        | 'redis-read-only'
        | 'redis-full'
        | 'redis-wipe'
        | 'dovecot-kill'
        | 'dovecot-restart'
        | 'dovecot-renumber'
        | 'kick'
        | 'cut'
        | 'freeze'
        | 'delay'
    }
)

export interface Mail {
  readonly at: number
  readonly by: 'lmtp' | 'drop'
  /** `code` is mail that is never buried: it must stay; `twin` is delivered twice, byte for byte. */
  readonly kind: 'stranger' | 'code' | 'twin'
  readonly bytes: number
}

/** What the reader does; `choice` (0..1) picks one of the messages that lie there at that time. */
export interface Act {
  readonly at: number
  readonly kind: 'rescue' | 'bury' | 'file' | 'flag' | 'read' | 'delete'
  readonly choice: number
}

export interface Script {
  readonly seed: number
  readonly profile: 'full' | 'noMove' | 'noUidplus' | 'noIdle'
  readonly separator: '/' | '.'
  readonly prefix: string
  readonly mails: readonly Mail[]
  readonly acts: readonly Act[]
  readonly faults: readonly Fault[]
}

/** Everything that will be done in one run; the same seed and length give the same script. */
export function scriptOf(seed: number, short: boolean): Script {
  const random = randomFrom(seed)
  const lengthMs = short ? 3_000 : 8_000
  const profile = pick(random, ['full', 'full', 'noMove', 'noUidplus', 'noIdle'] as const)
  const dotted = random() < 0.25
  const many = <T>(n: number, make: () => T) => Array.from({ length: n }, make)
  return {
    seed,
    profile,
    separator: dotted ? '.' : '/',
    prefix: dotted ? 'INBOX.' : '',
    mails: inOrder(many(short ? 20 : 60, () => mail(random, lengthMs))),
    acts: inOrder(many(short ? 8 : 25, () => act(random, lengthMs))),
    faults: inOrder(faults(random, lengthMs, short ? 3 : 7)),
  }
}

const inOrder = <T extends { at: number }>(events: T[]) => events.sort((a, b) => a.at - b.at)

const mail = (random: Random, lengthMs: number): Mail => ({
  at: between(random, 0, lengthMs),
  by: random() < 0.7 ? 'lmtp' : 'drop',
  kind: pick(random, ['stranger', 'stranger', 'stranger', 'stranger', 'code', 'twin'] as const),
  bytes: pick(random, [0, 0, 0, 5_000, 150_000]),
})

const act = (random: Random, lengthMs: number): Act => ({
  at: between(random, 500, lengthMs + 1_000),
  kind: pick(random, ['rescue', 'rescue', 'bury', 'file', 'flag', 'read', 'delete'] as const),
  choice: random(),
})

const PROCESS_FAULTS = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP'] as const
const SERVER_FAULTS = [
  'redis-kill',
  'redis-pause',
  'redis-read-only',
  'redis-full',
  'dovecot-kill',
  'dovecot-restart',
  'dovecot-renumber',
  'kick',
  'cut',
  'cut',
  'freeze',
  'delay',
] as const

/** At most one wipe a run, and then no poller is hurt: what was lost is put back from a running poller's memory. */
function faults(random: Random, lengthMs: number, n: number): Fault[] {
  const wipes = random() < 0.2
  const targets = wipes ? TARGETS.filter((target) => !target.startsWith('poller')) : TARGETS
  const some = Array.from({ length: n }, (): Fault => {
    const when = { at: between(random, 0, lengthMs), forMs: between(random, 50, 2_000) }
    return random() < 0.45
      ? { ...when, kind: pick(random, PROCESS_FAULTS), target: pick(random, targets) }
      : { ...when, kind: pick(random, SERVER_FAULTS) }
  })
  return wipes ? [...some, { at: between(random, 1_000, lengthMs), forMs: 0, kind: 'redis-wipe' }] : some
}

export const wasWiped = ({ faults }: Script) => faults.some(({ kind }) => kind === 'redis-wipe')
