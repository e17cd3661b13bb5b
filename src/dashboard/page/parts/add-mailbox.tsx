import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { addAccount } from '../accounts.ts'
import { type FieldName, formProblems, type MailboxForm, mailboxOf, usualPort } from '../mailbox-form.ts'
import { guessHost, providerOf } from '../providers.ts'
import { go } from '../route.ts'
import { plainWords, texts } from '../texts/texts.ts'
import { Field } from './field.tsx'
import { Icon } from './icons.tsx'

const BLANK: MailboxForm = { address: '', password: '', host: '', port: '993', security: 'tls', user: '', others: '' }

/** Fields that follow the address until the reader changes them. */
function followAddress(form: MailboxForm, address: string): MailboxForm {
  const host = form.host === guessHost(form.address) ? guessHost(address) : form.host
  const user = form.user === form.address ? address : form.user
  return { ...form, address, host, user }
}

function changed(form: MailboxForm, name: FieldName, value: string): MailboxForm {
  if (name === 'address') return followAddress(form, value)
  if (name !== 'security') return { ...form, [name]: value }
  return { ...form, security: value, port: form.port === usualPort(form.security) ? usualPort(value) : form.port }
}

/** Adds a mailbox: the service logs in first, and what is wrong is told in plain words. */
export function AddMailbox() {
  const t = texts.value.form
  const form = useSignal(BLANK)
  const tried = useSignal(false)
  const busy = useSignal(false)
  const problem = useSignal('')
  const element = useRef<HTMLFormElement>(null)
  const problems = tried.value ? formProblems(form.value) : {}
  const field = (name: FieldName) => ({
    name,
    value: form.value[name],
    problem: problems[name] ? t[problems[name]] : '',
    change: (value: string) => (form.value = changed(form.value, name, value)),
  })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    tried.value = true
    problem.value = ''
    const [first] = Object.keys(formProblems(form.value))
    if (first) return reveal(element.current, first)
    busy.value = true
    await addAccount(mailboxOf(form.value)).then(
      () => go({ view: 'account' }),
      (error: unknown) => (problem.value = plainWords(error)),
    )
    busy.value = false
  }
  return (
    <form
      class="card add"
      ref={element}
      onSubmit={submit}
      noValidate
      aria-busy={busy.value}
      aria-labelledby="add-title"
    >
      <h2 id="add-title">{t.title}</h2>
      <p class="lead">{t.lead}</p>
      <Field {...field('address')} label={t.address} type="email" autocomplete="email" />
      <ProviderHint address={form.value.address} />
      <Field {...field('password')} label={t.password} type="password" hint={t.passwordHint} autocomplete="off" />
      <ServerFields
        field={field}
        isOpen={Boolean(problems.host || problems.user || problems.port || problems.others)}
      />
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <div class="actions">
        <button type="submit" class="button primary" disabled={busy.value}>
          <Icon name="check" />
          {busy.value ? t.testing : t.test}
        </button>
        <a class="button" href="#/account">
          {texts.value.account.cancel}
        </a>
      </div>
    </form>
  )
}

type FieldProps = (name: FieldName) => Pick<Parameters<typeof Field>[0], 'name' | 'value' | 'problem' | 'change'>

function ServerFields({ field, isOpen }: { field: FieldProps; isOpen: boolean }) {
  const t = texts.value.form
  return (
    <details open={isOpen}>
      <summary>{t.more}</summary>
      <Field {...field('host')} label={t.server} hint={t.guessed} />
      <div class="pair">
        <Field {...field('security')} label={t.security} options={Object.entries(t.securityOptions)} />
        <Field {...field('port')} label={t.port} inputMode="numeric" />
      </div>
      <Field {...field('user')} label={t.user} />
      <Field {...field('others')} label={t.others} hint={t.othersHint} />
    </details>
  )
}

function ProviderHint({ address }: { address: string }) {
  const provider = providerOf(address)
  const t = texts.value.form
  if (!provider || provider.wants === 'password') return null
  return <p class="hint strong">{provider.wants === 'oauth' ? t.oauth(provider.name) : t.app(provider.name)}</p>
}

/** Takes the reader to the first field that is wrong, also when it is folded away. */
function reveal(form: HTMLFormElement | null, name: string): void {
  const input = form?.elements.namedItem(name)
  if (!(input instanceof HTMLElement)) return
  const folded = input.closest('details')
  if (folded) folded.open = true
  input.focus()
}
