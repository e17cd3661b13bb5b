import type { Heuristic, Sight } from './heuristic.ts'

const balance = (value: number, words: readonly string[]): Sight | null => (value === 0 ? null : { value, words })

/** What this sender's earlier mail was worth to the reader. */
export const record: readonly Heuristic[] = [
  {
    name: 'said-of-sender',
    family: 'record',
    leans: 'valuable',
    text: 'What you said about earlier mail from this sender.',
    see: ({ standing, reading }) => balance(standing.said.address, [reading.from]),
  },
  {
    name: 'said-of-organisation',
    family: 'record',
    leans: 'valuable',
    text: 'What you said about earlier mail from this organisation.',
    see: ({ standing, reading }) => balance(standing.said.organisation, [reading.organisation]),
  },
  {
    name: 'said-of-list',
    family: 'record',
    leans: 'valuable',
    text: 'What you said about earlier issues of this list.',
    see: ({ standing, reading }) => balance(standing.said.list, [reading.message.headers.get('list-id')?.[0] ?? '']),
  },
  {
    name: 'did-with-sender',
    family: 'record',
    leans: 'valuable',
    text: 'What you did with earlier mail from this sender.',
    see: ({ standing, reading }) => balance(standing.did.address, [reading.from]),
  },
  {
    name: 'did-with-organisation',
    family: 'record',
    leans: 'valuable',
    text: 'What you did with earlier mail from this organisation.',
    see: ({ standing, reading }) => balance(standing.did.organisation, [reading.organisation]),
  },
  {
    name: 'did-with-list',
    family: 'record',
    leans: 'valuable',
    text: 'What you did with earlier issues of this list.',
    see: ({ standing, reading }) => balance(standing.did.list, [reading.message.headers.get('list-id')?.[0] ?? '']),
  },
]
