import { SearchX } from 'lucide-preact'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { useText } from '../i18n/language.ts'
import { Entry } from '../shell/entry.tsx'

const ToSpeakers = () => {
  const t = useText()
  return (
    <a class="button button-secondary" href="/">
      {t.nav.speakers}
    </a>
  )
}

/** At an address that is no page of the panel. */
export const Missing = () => {
  const t = useText()
  return (
    <Page title={t.states.notFoundTitle}>
      <EmptyState icon={SearchX} title="404" actions={<ToSpeakers />}>
        {t.states.notFoundText}
      </EmptyState>
    </Page>
  )
}

/** The same for whoever is not signed in. */
export const MissingOutside = () => {
  const t = useText()
  return (
    <Entry title={t.states.notFoundTitle} intro={t.states.notFoundText}>
      <ToSpeakers />
    </Entry>
  )
}
