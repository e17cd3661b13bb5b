import { bulk } from './bulk.ts'
import { concepts } from './concepts.ts'
import { concern } from './concern.ts'
import { form } from './form.ts'
import type { Heuristic } from './heuristic.ts'
import { record } from './record.ts'
import { sender } from './sender.ts'
import { substance } from './substance.ts'
import { thread } from './thread.ts'

/** Every heuristic there is. Adding one touches its family's file and, for its weight, config/heuristics.yaml. */
export const HEURISTICS: readonly Heuristic[] = [
  ...sender,
  ...record,
  ...thread,
  ...concern,
  ...bulk,
  ...form,
  ...substance,
  ...concepts,
]
