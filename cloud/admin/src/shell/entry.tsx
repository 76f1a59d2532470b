import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { markUrl } from '../design/mark.ts'
import { Preferences } from './preferences.tsx'

/** The frame of the pages before somebody is signed in. */
export const Entry = ({
  title,
  intro,
  children,
}: {
  readonly title: string
  readonly intro: string
  readonly children?: ComponentChildren
}) => {
  useEffect(() => {
    const before = document.title
    document.title = `${title} · Mynah`
    return () => {
      document.title = before
    }
  }, [title])
  return (
    <main class="entry">
      <div class="entry-card stack">
        <div class="entry-brand">
          <img src={markUrl} alt="Mynah" width={56} height={56} />
          <h1>{title}</h1>
          <p class="soft">{intro}</p>
        </div>
        {children}
      </div>
      <div class="entry-foot">
        <Preferences />
      </div>
    </main>
  )
}
