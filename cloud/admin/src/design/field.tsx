import { Search } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

type FieldFrame = {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** Where the place says what the control is for: the label is there for screen readers alone. */
  readonly isLabelHidden?: boolean
}
type Control = { readonly id: string; readonly 'aria-describedby'?: string; readonly 'aria-invalid'?: 'true' }

/** Label, control, hint and error, tied together for screen readers. */
export const Field = ({
  label,
  hint,
  error,
  isLabelHidden = false,
  children,
}: FieldFrame & { readonly children: (control: Control) => ComponentChildren }) => {
  const id = useId()
  const noteId = `${id}-note`
  const control: Control = {
    id,
    ...(hint || error ? { 'aria-describedby': noteId } : {}),
    ...(error ? { 'aria-invalid': 'true' } : {}),
  }
  return (
    <div class="field">
      <label class={isLabelHidden ? 'only-read' : 'field-label'} for={id}>
        {label}
      </label>
      {children(control)}
      {(error ?? hint) && (
        <p id={noteId} class={error ? 'field-error' : 'field-hint'}>
          {error ?? hint}
        </p>
      )}
    </div>
  )
}

export type TextFieldProps = FieldFrame & {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly type?: 'text' | 'password' | 'url' | 'time' | 'datetime-local' | 'number'
  readonly name?: string
  readonly autocomplete?: string
  readonly placeholder?: string
  readonly required?: boolean
  readonly disabled?: boolean
  readonly maxLength?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly inputMode?: 'numeric' | 'text' | 'url'
  readonly min?: number
  readonly max?: number
}

export const TextField = ({ label, hint, error, onInput, type = 'text', ...rest }: TextFieldProps) => (
  <Field label={label} hint={hint} error={error}>
    {(control) => (
      <input
        {...rest}
        {...control}
        type={type}
        class="input"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    )}
  </Field>
)

export const TextArea = ({
  label,
  hint,
  error,
  onInput,
  ...rest
}: FieldFrame & {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly placeholder?: string
  readonly maxLength?: number
  readonly required?: boolean
  readonly disabled?: boolean
}) => (
  <Field label={label} hint={hint} error={error}>
    {(control) => (
      <textarea {...rest} {...control} class="input" onInput={(event) => onInput(event.currentTarget.value)} />
    )}
  </Field>
)

export type Choice<T extends string> = { readonly value: T; readonly text: string }

export const SelectField = <T extends string>({
  label,
  hint,
  error,
  isLabelHidden,
  value,
  choices,
  onChange,
  disabled,
}: FieldFrame & {
  readonly value: T
  readonly choices: readonly Choice<T>[]
  readonly onChange: (value: T) => void
  readonly disabled?: boolean
}) => (
  <Field label={label} hint={hint} error={error} {...(isLabelHidden ? { isLabelHidden } : {})}>
    {(control) => (
      <select
        {...control}
        class="input"
        disabled={disabled}
        value={value}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.currentTarget.value)
          if (chosen) onChange(chosen.value)
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.text}
          </option>
        ))}
      </select>
    )}
  </Field>
)

/** One of a few, all in sight. */
export const Segments = <T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string
  readonly value: T
  readonly choices: readonly Choice<T>[]
  readonly onChange: (value: T) => void
}) => {
  const name = useId()
  return (
    <div class="segments" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value} class="segment">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.text}</span>
        </label>
      ))}
    </div>
  )
}

/** Any of a few short ones in a row; `name` is what a screen reader says. */
export const CheckChips = <T extends string | number>({
  label,
  chosen,
  choices,
  onChange,
}: {
  readonly label: string
  readonly chosen: readonly T[]
  readonly choices: readonly { readonly value: T; readonly text: string; readonly name: string }[]
  readonly onChange: (chosen: readonly T[]) => void
}) => (
  <fieldset class="field chips">
    <legend class="field-label">{label}</legend>
    <div class="segments">
      {choices.map(({ value, text, name }) => (
        <label key={value} class="segment">
          <input
            type="checkbox"
            aria-label={name}
            checked={chosen.includes(value)}
            onChange={({ currentTarget: { checked } }) =>
              onChange(checked ? [...chosen, value] : chosen.filter((other) => other !== value))
            }
          />
          <span>{text}</span>
        </label>
      ))}
    </div>
  </fieldset>
)

export const SearchField = ({
  label,
  value,
  onInput,
}: {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
}) => (
  <div class="with-icon grow">
    <Search size={17} aria-hidden="true" />
    <input
      type="search"
      class="input"
      aria-label={label}
      placeholder={label}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  </div>
)

export const CheckField = ({
  label,
  checked,
  onChange,
  disabled,
}: {
  readonly label: ComponentChildren
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}) => (
  <label class="check">
    <input
      type="checkbox"
      checked={checked}
      disabled={disabled}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
    <span>{label}</span>
  </label>
)
