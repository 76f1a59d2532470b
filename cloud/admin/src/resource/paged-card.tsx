import type { ComponentChildren } from 'preact'
import { Button } from '../design/button.tsx'
import { useText } from '../i18n/language.ts'
import type { Pages } from './pages.ts'
import { Loaded } from './resource.tsx'

/** A card with what was read so far of a list that comes in pages, and below it how to read on. */
export const PagedCard = <P,>({
  pages,
  children,
}: {
  readonly pages: Pages<P>
  readonly children: (value: P) => ComponentChildren
}) => {
  const t = useText()
  return (
    <>
      <div class="card">
        <Loaded resource={pages.resource}>{children}</Loaded>
      </div>
      {pages.more && (
        <Button busy={pages.isLoadingMore} onClick={pages.more}>
          {t.actions.more}
        </Button>
      )}
    </>
  )
}
