import type { HealthView } from '@mynah/shared/api/system.ts'
import { CircleAlert, CircleCheck, HardDriveDownload } from 'lucide-preact'
import { Badge, Card, Facts } from '../design/card.tsx'
import { Page } from '../design/page.tsx'
import { exactTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Loaded, useResource } from '../resource/resource.tsx'
import { api, me } from '../session/session.ts'
import { detailText } from './detail-text.ts'
import { Backups } from './system/backups.tsx'
import { Metrics } from './system/metrics.tsx'
import { Providers } from './system/providers.tsx'

const healthText = (t: ReturnType<typeof useText>, { status, providers }: Pick<HealthView, 'status' | 'providers'>) => {
  if (status !== 'ready') return t.system.someNotReady
  return providers.every(({ ready }) => ready) ? t.system.allReady : t.system.providers.onlyCloud
}

const Health = () => {
  const t = useText()
  const health = useResource('health', (signal) => api.call('getHealth', {}, { signal }))
  return (
    <Card title={t.system.health} flush>
      <Loaded resource={health}>
        {({ status, parts, providers }) => (
          <>
            <p class={`card-body row-tight ${status === 'ready' ? 'good' : 'bad'}`}>
              {status === 'ready' ? (
                <CircleCheck size={18} aria-hidden="true" />
              ) : (
                <CircleAlert size={18} aria-hidden="true" />
              )}
              <strong>{healthText(t, { status, providers })}</strong>
            </p>
            <ul class="list">
              {parts.map(({ name, ready, detail, facts }) => (
                <li key={name} class="list-row">
                  <span class="grow">
                    {t.system.parts[name] ?? name}
                    <span class="soft small">
                      <br />
                      {Object.keys(facts).length > 0 ? detailText(t, facts) : detail}
                    </span>
                  </span>
                  <Badge tone={ready ? 'good' : 'bad'}>{ready ? t.system.ready : t.system.notReady}</Badge>
                </li>
              ))}
            </ul>
            <Providers providers={providers} />
          </>
        )}
      </Loaded>
    </Card>
  )
}

const About = () => {
  const t = useText()
  const about = useResource('about', (signal) => api.call('getAbout', {}, { signal }))
  return (
    <Card title={t.system.about}>
      <Loaded resource={about}>
        {(view) => (
          <div class="stack">
            <Facts
              rows={[
                [t.system.version, view.version],
                [t.system.since, exactTime(view.started_at)],
                [t.system.node, view.node_version],
                [t.system.schema, String(view.schema_version)],
                [t.system.licence, view.licence],
              ]}
            />
            <a href="/api/docs" target="_blank" rel="noreferrer">
              {t.system.api}
            </a>
          </div>
        )}
      </Loaded>
    </Card>
  )
}

export const System = () => {
  const t = useText()
  return (
    <Page
      title={t.system.title}
      actions={
        me.value?.is_system_admin && (
          <a class="button button-secondary" href="/system/firmware">
            <HardDriveDownload size={17} aria-hidden="true" />
            {t.firmware.title}
          </a>
        )
      }
    >
      <Metrics />
      <div class="columns">
        <Health />
        <div class="stack">
          {me.value?.is_system_admin && <Backups />}
          <About />
        </div>
      </div>
    </Page>
  )
}
