import { SearchX } from 'lucide-preact'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { useText } from '../i18n/language.ts'

export const Missing = () => {
  const t = useText()
  return (
    <Page title="404">
      <EmptyState
        icon={SearchX}
        title={t.states.notFoundTitle}
        actions={
          <a class="button button-secondary" href="/">
            {t.nav.speakers}
          </a>
        }
      >
        {t.states.notFoundText}
      </EmptyState>
    </Page>
  )
}
