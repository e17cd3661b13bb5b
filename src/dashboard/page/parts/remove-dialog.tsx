import { useSignal } from '@preact/signals'
import { removeAccount } from '../accounts.ts'
import { forgetDecisions, loadFirst } from '../decisions.ts'
import { tellProblem } from '../feedback.ts'
import { inert } from '../inert.ts'
import { texts } from '../texts/texts.ts'
import { Dialog } from './dialog.tsx'

const LONGEST = 80

/** Asks before a mailbox is removed, and whether what was learned goes too. */
export function RemoveDialog({ id, name, close }: { id: string; name: string; close: () => void }) {
  const t = texts.value.account
  const forget = useSignal(false)
  const remove = async () => {
    close()
    try {
      await removeAccount(id, forget.value)
      forgetDecisions()
      await loadFirst()
    } catch (error) {
      tellProblem(error)
    }
  }
  return (
    <Dialog title={t.removeTitle(inert(name, LONGEST))} close={close}>
      <p>{t.removeText}</p>
      <label class="tick">
        <input
          type="checkbox"
          checked={forget.value}
          onChange={(event) => (forget.value = event.currentTarget.checked)}
        />
        <span>{t.forget}</span>
      </label>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {t.cancel}
        </button>
        <button type="button" class="button danger" onClick={remove}>
          {t.remove}
        </button>
      </div>
    </Dialog>
  )
}
