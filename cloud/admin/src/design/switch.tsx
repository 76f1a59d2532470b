import { useId } from 'preact/hooks'

/** A setting that takes effect at once. */
export const SwitchRow = ({
  label,
  hint,
  checked,
  onChange,
  disabled,
}: {
  readonly label: string
  readonly hint?: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}) => {
  const id = useId()
  return (
    <div class="setting-row">
      <div>
        <span id={id}>{label}</span>
        {hint && <p class="field-hint">{hint}</p>}
      </div>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={checked}
        aria-labelledby={id}
        disabled={disabled}
        onClick={() => onChange(!checked)}
      />
    </div>
  )
}

/** `onInput` while it moves, `onChange` when it is let go. */
export const Slider = ({
  label,
  value,
  max = 100,
  onInput,
  onChange,
  disabled,
}: {
  readonly label: string
  readonly value: number
  readonly max?: number
  readonly onInput: (value: number) => void
  readonly onChange: (value: number) => void
  readonly disabled?: boolean
}) => {
  const id = useId()
  return (
    <div class="stack-tight">
      <label class="field-label" for={id}>
        {label}
      </label>
      <div class="slider">
        <input
          id={id}
          type="range"
          min={0}
          max={max}
          value={value}
          disabled={disabled}
          onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
          onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
        />
        <output for={id}>{value}</output>
      </div>
    </div>
  )
}
