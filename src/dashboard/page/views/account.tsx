import { accounts, accountsFailure, loadAccounts } from '../accounts.ts'
import { AccountCard } from '../parts/account-card.tsx'
import { AddMailbox } from '../parts/add-mailbox.tsx'
import { Icon } from '../parts/icons.tsx'
import { LanguageChoice } from '../parts/language-choice.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { route } from '../route.ts'
import { signOut } from '../session.ts'
import { texts } from '../texts/texts.ts'

/** The protected mailboxes, and a form for another one. */
export function AccountView() {
  const t = texts.value.account
  const isAdding = route.value.id === 'new'
  return (
    <>
      <header class="view-head">
        <h1>{t.title}</h1>
      </header>
      {isAdding ? <AddMailbox /> : <Cards />}
      <footer class="settings">
        <LanguageChoice />
        <button type="button" class="button" onClick={signOut}>
          {texts.value.signIn.out}
        </button>
      </footer>
    </>
  )
}

function Cards() {
  const t = texts.value.account
  if (accounts.value === null)
    return accountsFailure.value ? <Failed error={accountsFailure.value} retry={loadAccounts} /> : <Loading />
  return (
    <>
      {accounts.value.length === 0 && <p class="lead">{t.noAccounts}</p>}
      {accounts.value.map((account) => (
        <AccountCard key={account.id} account={account} />
      ))}
      <p>
        <a class="button primary" href="#/account/new">
          <Icon name="plus" />
          {t.add}
        </a>
      </p>
    </>
  )
}
