import type { DeviceDetail } from '@mynah/shared/api/devices.ts'
import type { SpeakerEventType } from '@mynah/shared/wire/topics.ts'
import { useRoute } from 'preact-iso'
import { Card, Facts } from '../design/card.tsx'
import { Page } from '../design/page.tsx'
import { SkeletonRows } from '../design/states.tsx'
import type { Dictionary } from '../i18n/en/en.ts'
import { dateTime, decimal, exactTime, relativeTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { putSpeaker, speakerOf } from '../live/speakers.ts'
import { Loaded, type Resource, useResource } from '../resource/resource.tsx'
import { api, may } from '../session/session.ts'
import { faultText, fieldValue } from './detail-text.ts'
import { ScheduleCard } from './schedule.tsx'
import { CommandCard } from './speaker/commands.tsx'
import { NowCard } from './speaker/now.tsx'
import { OwnWordsCard } from './speaker/own-words.tsx'
import { BelongsCard, PrivacyCard } from './speaker/ownership.tsx'
import { SettingsCard } from './speaker/settings.tsx'
import { SoundCard } from './speaker/sound.tsx'
import { ConcernBadges, StateDot, useStateText } from './speaker-badges.tsx'

type Measured = 'uptime_ms' | 'temperature_c' | 'battery' | 'wifi_rssi_dbm' | 'cpu' | 'memory'

const DetailCard = ({ detail }: { readonly detail: DeviceDetail }) => {
  const t = useText()
  const device = speakerOf(detail.device_id)?.device.value ?? detail
  const measured = (name: Measured) => (device[name] === null ? null : fieldValue(t, name, device[name]))
  const rows = [
    [t.speakers.id, <code key="id">{device.device_id}</code>],
    [t.speakers.firmware, device.firmware],
    [t.speakers.uptime, measured('uptime_ms')],
    [t.speakers.temperature, measured('temperature_c')],
    [t.speakers.battery, measured('battery')],
    [t.speakers.wifi, measured('wifi_rssi_dbm')],
    [t.speakers.cpu, measured('cpu')],
    [t.speakers.memory, measured('memory')],
    [t.speakers.enrolled, dateTime(detail.enrolled_at)],
    [
      t.speakers.conversations,
      <a key="turns" href={`/conversations?speaker=${device.device_id}`}>
        {decimal(detail.turn_count)}
      </a>,
    ],
  ] as const
  return (
    <Card title={t.speakers.details}>
      <Facts rows={rows} />
    </Card>
  )
}

/** What became of it; which of the speaker's items it was says nothing to a person. */
const eventText = (t: Dictionary, { code, message }: DeviceDetail['events'][number]['detail']): string => {
  const said = typeof message === 'string' ? message : undefined
  const text = typeof code === 'string' ? faultText(t, { code, message: said }) : said
  return text === undefined ? '' : `${t.codes.dot}${text}`
}

const EventCard = ({ events }: { readonly events: DeviceDetail['events'] }) => {
  const t = useText()
  return (
    <Card title={t.speakers.events} flush>
      {events.length === 0 ? (
        <p class="card-body soft">{t.speakers.noEvents}</p>
      ) : (
        <ul class="list">
          {events.map(({ at, type, detail }) => (
            <li key={`${at} ${type}`} class="list-row">
              <span class="grow">
                {t.records.speakerEvents[type as SpeakerEventType] ?? <code>{type}</code>}
                <span class="soft small">{eventText(t, detail)}</span>
              </span>
              <time class="soft small" dateTime={at} title={exactTime(at)}>
                {relativeTime(at)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

const Intro = ({ detail }: { readonly detail: DeviceDetail }) => {
  const t = useText()
  const speaker = speakerOf(detail.device_id)
  const device = speaker?.device.value ?? detail
  const turn = speaker?.turn.value
  const stateText = useStateText(device, turn)
  return (
    <div class="row">
      <span class="row-tight">
        <StateDot device={device} turn={turn} />
        {stateText}
      </span>
      <span>{device.room ?? t.speakers.noRoom}</span>
      <ConcernBadges device={device} />
    </div>
  )
}

const Sections = ({
  detail,
  resource,
}: {
  readonly detail: DeviceDetail
  readonly resource: Resource<DeviceDetail>
}) => {
  const take = (next: DeviceDetail) => {
    resource.set(next)
    putSpeaker(next)
  }
  return (
    <div class="columns columns-wide-left">
      <div class="stack">
        <NowCard deviceId={detail.device_id} />
        <SoundCard detail={detail} onConfig={(config) => resource.set({ ...detail, config })} />
        <SettingsCard key={detail.device_id} detail={detail} onChange={take} />
        <OwnWordsCard deviceId={detail.device_id} homeId={detail.home_id} />
        <ScheduleCard deviceId={detail.device_id} homeId={detail.home_id} />
        <EventCard events={detail.events} />
      </div>
      <div class="stack">
        {may(detail.home_id, 'member') && <CommandCard deviceId={detail.device_id} />}
        <DetailCard detail={detail} />
        {may(detail.home_id, 'admin') && (
          <>
            <PrivacyCard detail={detail} onChange={resource.reload} />
            <BelongsCard detail={detail} onMoved={take} />
          </>
        )}
      </div>
    </div>
  )
}

/** `/speakers/{device_id}` */
export const Speaker = () => {
  const t = useText()
  const deviceId = useRoute().params.deviceId ?? ''
  const resource = useResource(deviceId, (signal) =>
    api.call('getDevice', { params: { device_id: deviceId } }, { signal }),
  )
  const known = speakerOf(deviceId)?.device.value
  const ready = resource.state.type === 'ready' ? resource.state.value : undefined
  return (
    <Page
      title={known?.name ?? ready?.name ?? t.speakers.unnamed}
      back={{ href: '/', text: t.nav.speakers }}
      intro={ready && <Intro detail={ready} />}
    >
      <Loaded resource={resource} waiting={<SkeletonRows count={6} />}>
        {(detail) => <Sections detail={detail} resource={resource} />}
      </Loaded>
    </Page>
  )
}
