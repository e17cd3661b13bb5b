interface Props {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  /** '' while nothing is wrong. */
  readonly problem: string
  readonly hint?: string
  readonly type?: 'text' | 'email' | 'password'
  readonly inputMode?: 'numeric'
  readonly autocomplete?: 'email' | 'off'
  /** Makes it a choice: values and their names. */
  readonly options?: readonly (readonly [string, string])[]
}

/** One labelled field with its hint and what is wrong with it. */
export function Field({
  name,
  label,
  value,
  change,
  problem,
  hint,
  type = 'text',
  inputMode,
  autocomplete,
  options,
}: Props) {
  const described = [hint ? `${name}-hint` : '', problem ? `${name}-problem` : ''].filter(Boolean).join(' ')
  const shared = {
    name,
    id: `field-${name}`,
    'aria-invalid': problem !== '',
    ...(described ? { 'aria-describedby': described } : {}),
  }
  return (
    <div class="field">
      <label for={shared.id}>{label}</label>
      {options ? (
        <select {...shared} value={value} onChange={(event) => change(event.currentTarget.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type={type as 'text'}
          value={value}
          onInput={(event) => change(event.currentTarget.value)}
          {...(inputMode ? { inputMode } : {})}
          autocomplete={autocomplete ?? 'off'}
          autocapitalize="none"
          spellcheck={false}
        />
      )}
      {hint && (
        <small class="hint" id={`${name}-hint`}>
          {hint}
        </small>
      )}
      {problem && (
        <small class="problem" id={`${name}-problem`}>
          {problem}
        </small>
      )}
    </div>
  )
}
