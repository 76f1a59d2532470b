import type { ApiFailure } from '@mynah/shared/api/client.ts'
import { CloudOff, type LucideIcon, SearchX } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useText } from '../i18n/language.ts'
import { codeOf, failureText } from '../session/failure-text.ts'
import { Button } from './button.tsx'

/** Nothing is there, and what to do about it. */
export const EmptyState = ({
  icon: Icon,
  title,
  children,
  actions,
}: {
  readonly icon: LucideIcon
  readonly title: string
  readonly children?: ComponentChildren
  readonly actions?: ComponentChildren
}) => (
  <div class="state">
    <span class="state-icon">
      <Icon size={26} aria-hidden="true" />
    </span>
    <h2>{title}</h2>
    {children && <p>{children}</p>}
    {actions}
  </div>
)

export const ErrorState = ({ failure, onRetry }: { readonly failure: ApiFailure; readonly onRetry: () => void }) => {
  const t = useText()
  const isMissing = codeOf(failure) === 'not_found'
  const Icon = isMissing ? SearchX : CloudOff
  return (
    <div class="state" role="alert">
      <span class="state-icon state-icon-bad">
        <Icon size={26} aria-hidden="true" />
      </span>
      <h2>{isMissing ? t.states.notFoundTitle : t.states.failedTitle}</h2>
      <p>{isMissing ? t.states.notFoundText : failureText(t, failure)}</p>
      {!isMissing && <Button onClick={onRetry}>{t.actions.retry}</Button>}
    </div>
  )
}

/** The shape of what comes, for the moment before it is there. */
export const SkeletonRows = ({ count }: { readonly count: number }) => {
  const t = useText()
  return (
    <div class="stack skeleton-rows" role="status" aria-label={t.states.loading}>
      {Array.from({ length: count }, (_, row) => (
        <span key={row} class={`skeleton ${row % 3 === 2 ? 'skeleton-short' : ''} skeleton-row`} />
      ))}
    </div>
  )
}
