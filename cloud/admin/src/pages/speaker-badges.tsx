import type { DeviceView } from '@mynah/shared/api/devices.ts'
import { Badge, type Tone } from '../design/card.tsx'
import { degrees, percent, relativeTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import type { SessionEvent } from '../live/speakers.ts'
import { type Concern, concernsOf } from './speaker-filter.ts'

const concernTones: Readonly<Record<Concern, Tone>> = {
  hot: 'bad',
  low_battery: 'warn',
  weak_wifi: 'warn',
  refused: 'bad',
  pending: 'note',
}

/** What a speaker does at this moment, in words. */
export const useStateText = (device: DeviceView, turn: SessionEvent | undefined): string => {
  const t = useText()
  if (!device.online) {
    return device.seen_at === null ? t.speakers.never : t.speakers.seen(relativeTime(device.seen_at))
  }
  if (turn) return t.speakers.livePhases[turn.phase]
  return t.speakers.phases[device.phase ?? 'idle']
}

export const isTalking = (device: DeviceView, turn: SessionEvent | undefined): boolean =>
  device.online && (turn !== undefined || (device.phase !== null && device.phase !== 'idle'))

export const StateDot = ({
  device,
  turn,
}: {
  readonly device: DeviceView
  readonly turn: SessionEvent | undefined
}) => {
  const look = isTalking(device, turn) ? 'dot-active' : device.online ? 'dot-online' : ''
  return <span class={`dot ${look}`} aria-hidden="true" />
}

export const ConcernBadges = ({ device }: { readonly device: DeviceView }) => {
  const t = useText()
  const texts: Readonly<Record<Concern, string>> = {
    hot: `${t.speakers.hot} ${degrees(device.temperature_c ?? 0)}`,
    low_battery: `${t.speakers.lowBattery} ${percent(device.battery ?? 0)}`,
    weak_wifi: t.speakers.weakWifi,
    refused: t.speakers.configStates.refused,
    pending: t.speakers.configStates.pending,
  }
  return (
    <>
      {device.muted && <Badge tone="warn">{t.speakers.muted}</Badge>}
      {concernsOf(device).map((concern) => (
        <Badge key={concern} tone={concernTones[concern]}>
          {texts[concern]}
        </Badge>
      ))}
    </>
  )
}
