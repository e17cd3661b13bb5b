import type { Said } from './contract.ts'
import { decisionById } from './decisions.ts'
import { notice, say, takeBack, tell } from './feedback.ts'
import { helpShown } from './parts/help-dialog.tsx'
import { keysOn } from './preferences.ts'
import { go, goQuietly, route } from './route.ts'
import { texts } from './texts/texts.ts'

/** Where single keys must reach what is being typed or chosen. */
const TAKEN = 'input:not([type=radio]):not([type=checkbox]), select, textarea, dialog, [contenteditable]'

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    const { key, target } = event
    const isTyping = target instanceof Element && target.closest(TAKEN) !== null
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (key === 'Escape' && route.value.id) return go({ view: route.value.view })
    if (!keysOn.value) return
    const act = ACTIONS[key]
    if (!act) return
    event.preventDefault()
    act()
  })
}

const ACTIONS: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  v: () => sayHere('valuable'),
  n: () => sayHere('noise'),
  u: undoLast,
  '?': () => {
    helpShown.value = true
  },
}

const rows = () => [...document.querySelectorAll<HTMLElement>('.row[data-id]')]

/** The message that keys act on: the one opened, else the one that has the focus. */
function currentId(): string | undefined {
  const focused = document.activeElement?.closest<HTMLElement>('.row[data-id]')?.dataset.id
  return focused ?? route.value.id
}

function step(by: 1 | -1): void {
  const all = rows()
  const at = all.findIndex((row) => row.dataset.id === currentId())
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]
  if (!next) return
  next.querySelector<HTMLElement>('a.main')?.focus()
  next.scrollIntoView({ block: 'nearest' })
  const { id } = next.dataset
  // Beside the list its reasons follow; on a narrow screen they would hide the list.
  if (id && matchMedia('(min-width: 1100px)').matches) goQuietly({ view: route.value.view, id })
}

function sayHere(said: Said): void {
  const decision = decisionById(currentId() ?? '')
  if (decision) void say(decision, said)
}

/** Takes back what was just said, else what was said about the message in front of the reader. */
function undoLast(): void {
  const here = decisionById(currentId() ?? '')
  const last = notice.value?.decision ?? (here?.feedback ? here : undefined)
  if (last) void takeBack(last)
  else tell(texts.value.toast.nothingToUndo)
}
