import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

export const Card = ({
  title,
  actions,
  flush,
  children,
}: {
  readonly title?: string
  readonly actions?: ComponentChildren
  /** Lists and tables reach the edge. */
  readonly flush?: boolean
  readonly children: ComponentChildren
}) => {
  const id = useId()
  return (
    <section class="card" {...(title ? { 'aria-labelledby': id } : {})}>
      {title && (
        <div class="card-head">
          <h2 id={id}>{title}</h2>
          {actions}
        </div>
      )}
      <div class={flush ? 'card-body-flush' : 'card-body'}>{children}</div>
    </section>
  )
}

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'note' | 'accent'
export const Badge = ({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) => (
  <span class={`badge tone-${tone}`}>{children}</span>
)

/** Pairs of a name and a value; pairs without a value are left out. */
export const Facts = ({ rows }: { readonly rows: readonly (readonly [string, ComponentChildren])[] }) => (
  <dl class="facts">
    {rows
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .flatMap(([name, value]) => [
        <dt key={name}>{name}</dt>,
        <dd key={`${name} value`} class="number">
          {value}
        </dd>,
      ])}
  </dl>
)
