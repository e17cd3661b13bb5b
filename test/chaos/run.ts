import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../service/client.ts'
import { inject } from './faults.ts'
import { brokenInvariants, type Findings } from './invariants.ts'
import { Journal } from './journal.ts'
import type { Delivered } from './ledger.ts'
import { post } from './postman.ts'
import { read } from './reader.ts'
import { type Script, scriptOf } from './script.ts'
import { witness } from './witness.ts'
import { endWorld, startWorld, USER, type World } from './world.ts'

/** How a run ended; no broken invariants means that all is well. */
export interface RunResult {
  readonly seed: number
  readonly broken: readonly string[]
  readonly journal: readonly string[]
  /** ms from the end of the storm until everything was accounted for. */
  readonly settledAfterMs: number
  readonly output: string
}

/** Longer than any lease, lock and usual back-off, shorter than the sweep that would hide a forgotten message. */
const SETTLE_TIMEOUT_MS = 90_000

/** One seeded run: a storm of faults over mail that arrives and is read, then a look from outside. */
export async function runSeed(seed: number, short: boolean): Promise<RunResult> {
  const script = scriptOf(seed, short)
  const journal = new Journal()
  const world = await startWorld(script, journal)
  try {
    const ledger = await storm(script, world)
    const settlingSince = Date.now()
    const broken = await settle(script, ledger, world)
    const output = world.service.output
    return { seed, broken, journal: journal.lines, settledAfterMs: Date.now() - settlingSince, output }
  } finally {
    await endWorld(world)
  }
}

async function storm(script: Script, world: World): Promise<Map<string, Delivered>> {
  const ledger = new Map<string, Delivered>()
  world.journal.start()
  const at = async (time: number, work: () => Promise<unknown>) => {
    await delay(Math.max(0, time - world.journal.elapsedMs))
    await work()
  }
  await Promise.all([
    ...script.mails.map((mail, n) =>
      at(mail.at, async () => {
        const known = await post(mail, script.seed, n, world)
        ledger.set(known.messageId, known)
      }),
    ),
    ...script.acts.map((act) => at(act.at, () => read(act, script, ledger, world))),
    ...script.faults.map((fault) => at(fault.at, () => inject(fault, world))),
  ])
  world.journal.note('the storm is over')
  return ledger
}

/** Waits until every invariant holds and nothing is under way; what is still broken in the end is returned. */
async function settle(script: Script, ledger: Map<string, Delivered>, world: World): Promise<string[]> {
  let broken: string[] = ['nothing could be looked at']
  const look = async () => {
    broken = brokenInvariants(script, ledger.values(), await find(world))
    if (broken.length > 0 || !(await isIdle(world))) return undefined
    // What is right only in passing does not count.
    broken = brokenInvariants(script, ledger.values(), await find(world))
    return broken.length === 0 ? true : undefined
  }
  const failed = (error: unknown) => {
    if (broken.length === 0) broken = [`it never came to rest: ${String(error)}`]
  }
  await until('all is accounted for', look, SETTLE_TIMEOUT_MS).catch(failed)
  return broken
}

async function find(world: World): Promise<Findings> {
  const decisions = await world.client.decisions(USER)
  const path = `/v1/stats?account=${USER}&bucket=all`
  const { total } = await world.client.expect<{ total: Findings['stats'] }>(200, 'GET', path)
  return { copies: await witness(world), decisions, stats: total }
}

/** No job waits or runs, by the service's own metrics. */
async function isIdle({ client }: World): Promise<boolean> {
  const { body } = await client.request('GET', '/metrics')
  const counts = [...String(body).matchAll(/worthwhile_jobs\{state="(?:waiting|active|delayed)"\} (\d+)/g)]
  return counts.length === 3 && counts.every(([, n]) => n === '0')
}
