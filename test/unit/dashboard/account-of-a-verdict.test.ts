import { describe, expect, it } from 'vitest'
import { balanceOf, reasonOf } from '../../../src/dashboard/page/balance.ts'
import type { Decision } from '../../../src/dashboard/page/contract.ts'
import { toCheck } from '../../../src/dashboard/page/ranking.ts'
import { daysOf, merged } from '../../../src/dashboard/page/timeline.ts'

const evidence = (name: string, weight: number) => ({ name, weight, words: [], text: name })

function decision(over: Partial<Decision> = {}): Decision {
  return {
    id: 'a.1.1',
    account: 'a',
    messageId: null,
    from: '',
    subject: '',
    receivedAt: '2026-03-01T09:00:00.000Z',
    decidedAt: '2026-03-01T09:00:00.000Z',
    verdict: 'noise',
    probability: 0.05,
    evidence: [],
    mailbox: 'INBOX',
    moved: false,
    latencyMs: 1,
    ...over,
  }
}

describe('the balance', () => {
  const noise = decision({ evidence: [evidence('question', 0.5), evidence('words-against', -3), evidence('ask', -2)] })

  it('adds up to the probability, the starting point included', () => {
    const { for: pro, against, start } = balanceOf(noise)
    expect(1 / (1 + Math.exp(-(pro - against + start)))).toBeCloseTo(0.05)
  })

  it('puts the strongest first and names what spoke for the other side', () => {
    const { evidence: sorted, opposing } = balanceOf(noise)
    expect(sorted.map(({ name }) => name)).toEqual(['words-against', 'ask', 'question'])
    expect(opposing?.name).toBe('question')
    expect(balanceOf(decision()).opposing).toBeUndefined()
  })

  it('gives as the reason what says more than single words', () => {
    expect(reasonOf(noise)?.name).toBe('ask')
    expect(reasonOf(decision({ evidence: [evidence('words-against', -3)] }))?.name).toBe('words-against')
    expect(reasonOf(decision({ evidence: [evidence('question', 1)] }))).toBeUndefined()
  })
})

describe('what is to be checked', () => {
  it('is ranked by how likely it is a mistake, without what was judged or undone', () => {
    const said = { verdict: 'noise', scope: 'message', source: 'api', at: '2026-03-01T09:00:00.000Z' }
    const { noise, unsure } = toCheck([
      decision({ id: 'low', probability: 0.01 }),
      decision({ id: 'high', probability: 0.09 }),
      decision({ id: 'said', probability: 0.1, feedback: said }),
      decision({ id: 'undone', probability: 0.1, undoneAt: '2026-03-01T09:00:00.000Z' }),
      decision({ id: 'unsure', verdict: 'unsure', probability: 0.4 }),
      decision({ id: 'fine', verdict: 'valuable', probability: 0.9 }),
    ])
    expect(noise.map(({ id }) => id)).toEqual(['high', 'low'])
    expect(unsure.map(({ id }) => id)).toEqual(['unsure'])
  })
})

describe('the time line', () => {
  it('takes in what is new and what has changed, in order, and stays the same when nothing has', () => {
    const old = decision({ id: '1' })
    const fresh = decision({ id: '2', receivedAt: '2026-03-02T09:00:00.000Z' })
    const known = merged([old], [fresh])
    expect(known.map(({ id }) => id)).toEqual(['2', '1'])
    expect(merged(known, [{ ...old }])).toBe(known)
    expect(merged(known, [{ ...old, moved: true }])[1]?.moved).toBe(true)
  })

  it('has one group a day', () => {
    const days = daysOf([
      decision({ id: '3', receivedAt: '2026-03-02T12:00:00.000Z' }),
      decision({ id: '2', receivedAt: '2026-03-01T12:30:00.000Z' }),
      decision({ id: '1', receivedAt: '2026-03-01T12:00:00.000Z' }),
    ])
    expect(days.map(({ decisions }) => decisions.length)).toEqual([1, 2])
  })
})
