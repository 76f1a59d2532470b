import type { LucideIcon } from 'lucide-preact'
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact'

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger' | 'danger-solid'

type ButtonProps = Omit<ButtonHTMLAttributes, 'icon'> & {
  readonly kind?: ButtonKind
  readonly icon?: LucideIcon
  /** Something is under way: a spinner, and no second press. */
  readonly busy?: boolean
  readonly wide?: boolean
  readonly children?: ComponentChildren
}

export const Button = ({ kind = 'secondary', icon: Icon, busy, wide, children, ...rest }: ButtonProps) => (
  <button
    type="button"
    {...rest}
    disabled={rest.disabled === true || busy === true}
    class={`button button-${kind} ${wide ? 'button-wide' : ''}`}
  >
    {busy ? <span class="spinner" aria-hidden="true" /> : Icon && <Icon size={17} aria-hidden="true" />}
    {children}
  </button>
)

/** A button that is only a picture; `label` is what it is called. */
export const IconButton = ({
  label,
  icon: Icon,
  kind = 'quiet',
  ...rest
}: Omit<ButtonHTMLAttributes, 'icon' | 'label'> & {
  readonly label: string
  readonly icon: LucideIcon
  readonly kind?: ButtonKind
}) => (
  <button type="button" {...rest} aria-label={label} title={label} class={`button button-icon button-${kind}`}>
    <Icon size={18} aria-hidden="true" />
  </button>
)
