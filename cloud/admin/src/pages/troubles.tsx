import type { AlertKind, AlertRecord } from '@mynah/shared/api/alerts.ts'
import { isBrowserId } from '@mynah/shared/api/talk.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { ShieldCheck } from 'lucide-preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { Badge } from '../design/card.tsx'
import { Segments, SelectField } from '../design/field.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import type { Dictionary } from '../i18n/en/en.ts'
import { clockTime, dateTime, dayName, exactTime, longDuration } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { onLiveEvent } from '../live/connection.ts'
import { speakerOf } from '../live/speakers.ts'
import { PagedCard } from '../resource/paged-card.tsx'
import { usePages } from '../resource/pages.ts'
import { api, currentHome } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { wallTimeMs } from '../time/minute.ts'
import { troubleDetail } from './trouble-detail.ts'

type Period = 'day' | 'week' | 'all'
const periodMs: Readonly<Record<Period, number | undefined>> = {
  day: 86_400_000,
  week: 7 * 86_400_000,
  all: undefined,
}
/** A speaker that comes and goes must not have the page fetch its list each time. */
const settleMs = 500
const pageLength = 50
const lookAgainMs = 60_000

const msOf = (iso: string) => instant(iso).getTime()

const minuteMs = 60_000
/** How long it has lasted, in whole minutes; read while rendering it stays right as time passes. */
const soFar = (at: string): string => {
  const lastedMs = Math.max(minuteMs, wallTimeMs.value - msOf(at))
  return longDuration(lastedMs - (lastedMs % minuteMs))
}

/** When it was: a moment, from and to, or since when. */
const whenText = (t: Dictionary, { at, ended_at: ended }: AlertRecord): string => {
  if (ended === null) return t.troubles.since(dateTime(at))
  const lastedMs = msOf(ended) - msOf(at)
  if (lastedMs < 1_000) return clockTime(at)
  const to = dayName(at) === dayName(ended) ? clockTime(ended) : dateTime(ended)
  return t.troubles.lasted(clockTime(at), to, longDuration(lastedMs))
}

const Place = ({ deviceId }: { readonly deviceId: string | null }) => {
  const t = useText()
  if (deviceId === null) return <>{t.troubles.cloud}</>
  if (isBrowserId(deviceId)) return <>{t.talk.ofBrowser}</>
  const speaker = speakerOf(deviceId)
  if (!speaker) return <>{deviceId}</>
  return <a href={`/speakers/${deviceId}`}>{speaker.device.value.name ?? deviceId}</a>
}

const TroubleRow = ({ alert }: { readonly alert: AlertRecord }) => {
  const t = useText()
  const { kind, severity, device_id: deviceId, at, ended_at: ended } = alert
  const detail = troubleDetail(t, alert)
  return (
    <li class="trouble">
      <span class="trouble-what">
        <strong>{t.troubles.kinds[kind]}</strong>
        {ended === null && (
          <Badge tone={severity === 'critical' ? 'bad' : 'warn'}>{t.troubles.forSoLong(soFar(at))}</Badge>
        )}
      </span>
      {detail && <p class="trouble-detail">{detail}</p>}
      <span class="soft small number">
        <Place deviceId={deviceId} />
        {t.codes.dot}
        <time dateTime={at} title={exactTime(at)}>
          {whenText(t, alert)}
        </time>
      </span>
    </li>
  )
}

/** What still lasts first, whenever it began; then by the days on which it began. */
const grouped = (t: Dictionary, alerts: readonly AlertRecord[]): ReadonlyMap<string, readonly AlertRecord[]> => {
  const groups = new Map<string, AlertRecord[]>()
  const put = (name: string, alert: AlertRecord) => groups.set(name, [...(groups.get(name) ?? []), alert])
  for (const alert of alerts) if (alert.ended_at === null) put(t.troubles.lasts, alert)
  for (const alert of alerts) if (alert.ended_at !== null) put(dayName(alert.at), alert)
  return groups
}

const TroubleList = ({ alerts }: { readonly alerts: readonly AlertRecord[] }) => {
  const t = useText()
  return (
    <>
      {[...grouped(t, alerts)].map(([name, ofGroup]) => (
        <section key={name} aria-label={name}>
          <h2 class="day">{name}</h2>
          <ul class="list">
            {ofGroup.map((alert) => (
              <TroubleRow key={alert.alert_id} alert={alert} />
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

/** Calls back soon after something began, ended or happened, and from time to time: of the cloud itself no event tells. */
const useAlertEvents = (onSeen: () => void) => {
  useEffect(() => {
    let waiting: { readonly cancel: () => void } | undefined
    const again = () => {
      onSeen()
      regular = browserClock.startTimer(lookAgainMs, again)
    }
    let regular = browserClock.startTimer(lookAgainMs, again)
    const stop = onLiveEvent((event) => {
      if (event.type !== 'alert') return
      waiting?.cancel()
      waiting = browserClock.startTimer(settleMs, onSeen)
    })
    return () => {
      waiting?.cancel()
      regular.cancel()
      stop()
    }
  }, [onSeen])
}

/** What went wrong at the speakers of a home, its engines and the cloud: what an admin reads in the morning. */
export const Troubles = () => {
  const t = useText()
  const [period, setPeriod] = useState<Period>('week')
  const [kind, setKind] = useState<AlertKind | ''>('')
  const homeId = currentHome.value?.home_id
  const pages = usePages(`${homeId} ${period} ${kind}`, (cursor, signal) => {
    const lengthMs = periodMs[period]
    const since = lengthMs && instant(browserClock.wallTime().getTime() - lengthMs).toISOString()
    const query = { ...(homeId ? { home_id: homeId } : {}), ...(since ? { since } : {}), ...(kind ? { kind } : {}) }
    return api.call('listAlertHistory', { query: { ...query, cursor, limit: pageLength } }, { signal })
  })
  const { state, reload } = pages.resource
  const shown = useRef(0)
  shown.current = state.type === 'ready' ? state.value.items.length : 0
  // Whoever reads far back is not taken back to the newest page.
  const renew = useCallback(() => {
    if (shown.current <= pageLength) reload()
  }, [reload])
  useAlertEvents(renew)
  // The order of the texts is the order of the choices.
  const kinds = Object.keys(t.troubles.kinds) as AlertKind[]
  return (
    <Page title={t.troubles.title} intro={t.troubles.intro}>
      <div class="toolbar">
        <Segments
          label={t.troubles.period}
          value={period}
          choices={(['day', 'week', 'all'] as const).map((value) => ({ value, text: t.troubles.periods[value] }))}
          onChange={setPeriod}
        />
        <SelectField<AlertKind | ''>
          label={t.troubles.sort}
          isLabelHidden
          value={kind}
          choices={[
            { value: '', text: t.troubles.anySort },
            ...kinds.map((value) => ({ value, text: t.troubles.kinds[value] })),
          ]}
          onChange={setKind}
        />
      </div>
      <PagedCard pages={pages}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={ShieldCheck} title={t.troubles.emptyTitle}>
              {t.troubles.emptyText}
            </EmptyState>
          ) : (
            <TroubleList alerts={items} />
          )
        }
      </PagedCard>
    </Page>
  )
}
