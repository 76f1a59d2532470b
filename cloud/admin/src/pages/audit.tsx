import type { AuditView } from '@mynah/shared/api/homes.ts'
import { ScrollText } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { SearchField, Segments } from '../design/field.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import type { Dictionary } from '../i18n/en/en.ts'
import { dateTime, exactTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { speakerOf } from '../live/speakers.ts'
import { PagedCard } from '../resource/paged-card.tsx'
import { usePages } from '../resource/pages.ts'
import { api, currentHome, may, me } from '../session/session.ts'
import { detailText } from './detail-text.ts'

/** People are called by their login, programs in words. */
const actorText = (t: Dictionary, actor: string): string => {
  const token = /^token (.+)$/.exec(actor)?.[1]
  return token === undefined ? (t.codes.actors[actor] ?? actor) : t.codes.tokenActor(token)
}

/** A speaker or home of ours by its name. */
const targetText = (target: string): string =>
  speakerOf(target)?.device.value.name ?? me.value?.homes.find(({ home_id: id }) => id === target)?.name ?? target

const AuditRow = ({ entry }: { readonly entry: AuditView }) => {
  const t = useText()
  return (
    <tr>
      <td class="small soft number when">
        <time dateTime={entry.at} title={exactTime(entry.at)}>
          {dateTime(entry.at)}
        </time>
      </td>
      <td>{actorText(t, entry.actor)}</td>
      <td>{t.records.auditActions[entry.action] ?? entry.action}</td>
      <td>
        {entry.target !== entry.actor && targetText(entry.target)}
        {Object.keys(entry.detail).length > 0 && (
          <div class="soft small audit-detail">{detailText(t, entry.detail)}</div>
        )}
      </td>
    </tr>
  )
}

const AuditTable = ({ entries }: { readonly entries: readonly AuditView[] }) => {
  const t = useText()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than the page is scrolled by keyboard.
    <section class="table-frame" tabIndex={0} aria-label={t.home.audit.title}>
      <table class="table audit">
        <thead>
          <tr>
            <th scope="col">{t.home.audit.when}</th>
            <th scope="col">{t.home.audit.actor}</th>
            <th scope="col">{t.home.audit.action}</th>
            <th scope="col">{t.home.audit.target}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.audit_id} entry={entry} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

const AuditList = ({ which, homeId }: { readonly which: 'home' | 'system'; readonly homeId: string }) => {
  const t = useText()
  const [actor, setActor] = useState('')
  const pages = usePages(`${which} ${homeId} ${actor}`, (cursor, signal) =>
    which === 'home'
      ? api.call(
          'listAudit',
          { params: { home_id: homeId }, query: { cursor, limit: 100, ...(actor.trim() ? { actor } : {}) } },
          { signal },
        )
      : api.call('listSystemAudit', { query: { cursor, limit: 100 } }, { signal }),
  )
  return (
    <>
      {which === 'home' && (
        <div class="toolbar">
          <SearchField label={t.home.audit.filterActor} value={actor} onInput={setActor} />
        </div>
      )}
      <PagedCard pages={pages}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={ScrollText} title={t.home.audit.emptyTitle}>
              {t.home.audit.emptyText}
            </EmptyState>
          ) : (
            <AuditTable entries={items} />
          )
        }
      </PagedCard>
    </>
  )
}

export const Audit = () => {
  const t = useText()
  const [which, setWhich] = useState<'home' | 'system'>('home')
  const homeId = currentHome.value?.home_id
  const isAdmin = may(homeId, 'admin')
  const isSystemAdmin = me.value?.is_system_admin === true
  const shown = isAdmin ? which : 'system'
  return (
    <Page title={t.home.audit.title} intro={t.home.audit.intro}>
      {isAdmin && isSystemAdmin && (
        <div>
          <Segments
            label={t.home.audit.which}
            value={which}
            choices={[
              { value: 'home', text: t.home.audit.ofHome },
              { value: 'system', text: t.home.audit.ofSystem },
            ]}
            onChange={setWhich}
          />
        </div>
      )}
      {isAdmin || isSystemAdmin ? (
        <AuditList key={shown} which={shown} homeId={homeId ?? ''} />
      ) : (
        <EmptyState icon={ScrollText} title={t.home.audit.title}>
          {t.home.audit.adminOnly}
        </EmptyState>
      )}
    </Page>
  )
}
