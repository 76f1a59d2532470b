import { ArrowLeft } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useText } from '../i18n/language.ts'

const visits = { isFirst: true }

/** The frame of each page: title (also of the tab), what is said about it, what can be done. A new page takes the focus, so that a screen reader starts there. */
export const Page = ({
  title,
  intro,
  actions,
  back,
  children,
}: {
  readonly title: string
  readonly intro?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly back?: { readonly href: string; readonly text: string }
  readonly children: ComponentChildren
}) => {
  const t = useText()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Mynah`
  }, [title])
  useEffect(() => {
    if (visits.isFirst) visits.isFirst = false
    else heading.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [])
  return (
    <div class="page">
      {back && (
        <a class="page-back" href={back.href} aria-label={`${t.actions.back}: ${back.text}`}>
          <ArrowLeft size={16} aria-hidden="true" />
          {back.text}
        </a>
      )}
      <header class="page-head">
        <div class="stack-tight">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro && <div class="soft">{intro}</div>}
        </div>
        {actions && <div class="row">{actions}</div>}
      </header>
      {children}
    </div>
  )
}
