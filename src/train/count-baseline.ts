import type { Baseline } from '../core/baseline.ts'
import type { Message } from '../core/message.ts'
import type { Pair } from '../core/pairs.ts'
import type { Reader } from '../core/reader.ts'
import { readingOf } from '../core/reading.ts'
import { tokensOf } from '../core/tokens.ts'
import type { Label } from '../evaluate/judged-inbox.ts'

/** A labelled message for the shipped counts. `source`: who wrote it, so that one author's names do not become vocabulary. */
export interface Counted {
  readonly message: Message
  readonly reader: Reader
  readonly label: Label
  readonly source: string
}

/** Tokens must occur in as many messages, of as many different senders' domains, to be shipped: names stay out, and the file small. */
const MIN_MESSAGES = 2
const MIN_ORGANISATIONS = 2

/** Counts content tokens over labelled messages. */
export function countBaseline(counted: readonly Counted[]): Baseline {
  const totals = { valuable: 0, noise: 0 }
  const tokens = new Map<string, { valuable: number; noise: number; organisations: Set<string> }>()
  for (const { message, reader, label } of counted) {
    const reading = readingOf(message, reader)
    totals[label]++
    const { content, praise } = tokensOf(reading)
    for (const token of [...content, ...praise]) countToken(tokens, token, label, reading.organisation)
  }
  return { totals, tokens: shipped(tokens), centres: {} }
}

type Tally = Map<string, { valuable: number; noise: number; organisations: Set<string> }>

function countToken(tokens: Tally, token: string, label: Label, organisation: string) {
  const found = tokens.get(token) ?? { valuable: 0, noise: 0, organisations: new Set<string>() }
  found[label]++
  found.organisations.add(organisation)
  tokens.set(token, found)
}

function shipped(tokens: Tally): Map<string, Pair> {
  const kept = new Map<string, Pair>()
  for (const [token, { valuable, noise, organisations }] of tokens) {
    if (valuable + noise >= MIN_MESSAGES && organisations.size >= MIN_ORGANISATIONS)
      kept.set(token, { valuable, noise })
  }
  return kept
}
