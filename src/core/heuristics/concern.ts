import type { Heuristic } from './heuristic.ts'

/** Whether it is about what the reader is busy with. */
export const concern: readonly Heuristic[] = [
  {
    name: 'your-concern',
    family: 'concern',
    leans: 'valuable',
    text: 'It is about what you have been writing about.',
    see: ({ concern }) => (concern.share > 0 ? { value: concern.share, words: concern.words } : null),
  },
]
