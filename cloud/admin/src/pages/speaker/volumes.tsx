import type { ConfigChangeBody, DeviceConfigView } from '@mynah/shared/api/devices.ts'
import { defaultAlarmMinVolume } from '@mynah/shared/wire/config-defaults.ts'
import { Slider, SwitchRow } from '../../design/switch.tsx'
import { useText } from '../../i18n/language.ts'

/** Volumes beside that of replies, 0 to 100; undefined: as loud as those. */
export type VolumeDraft = {
  readonly mediaVolume: number | undefined
  readonly alarmVolume: number | undefined
  readonly alarmMinVolume: number
}

export const volumesOf = (config: DeviceConfigView['config']): VolumeDraft => ({
  mediaVolume: config.media_volume,
  alarmVolume: config.alarm_volume,
  alarmMinVolume: config.alarm_min_volume ?? defaultAlarmMinVolume,
})

/** Only what differs; null: it follows the replies again. */
export const volumeChangeOf = (before: VolumeDraft, after: VolumeDraft): ConfigChangeBody => ({
  ...(after.mediaVolume !== before.mediaVolume ? { media_volume: after.mediaVolume ?? null } : {}),
  ...(after.alarmVolume !== before.alarmVolume ? { alarm_volume: after.alarmVolume ?? null } : {}),
  ...(after.alarmMinVolume !== before.alarmMinVolume ? { alarm_min_volume: after.alarmMinVolume } : {}),
})

type OwnVolumeProps = {
  readonly choice: string
  readonly label: string
  readonly value: number | undefined
  /** Where it starts when it no longer follows. */
  readonly like: number
  readonly disabled: boolean
  readonly onChange: (value: number | undefined) => void
}

const OwnVolume = ({ choice, label, value, like, disabled, onChange }: OwnVolumeProps) => (
  <div class="stack-tight">
    <SwitchRow
      label={choice}
      checked={value !== undefined}
      disabled={disabled}
      onChange={(isOwn) => onChange(isOwn ? like : undefined)}
    />
    {value !== undefined && (
      <Slider label={label} value={value} disabled={disabled} onInput={onChange} onChange={onChange} />
    )}
  </div>
)

/** How loud media and alarms are. */
export const VolumeFields = ({
  draft,
  like,
  disabled,
  onChange,
}: {
  readonly draft: VolumeDraft
  readonly like: number
  readonly disabled: boolean
  readonly onChange: (part: Partial<VolumeDraft>) => void
}) => {
  const t = useText()
  return (
    <>
      <OwnVolume
        choice={t.speakers.ownMediaVolume}
        label={t.speakers.mediaVolume}
        value={draft.mediaVolume}
        like={like}
        disabled={disabled}
        onChange={(mediaVolume) => onChange({ mediaVolume })}
      />
      <OwnVolume
        choice={t.speakers.ownAlarmVolume}
        label={t.speakers.alarmVolume}
        value={draft.alarmVolume}
        like={Math.max(like, draft.alarmMinVolume)}
        disabled={disabled}
        onChange={(alarmVolume) => onChange({ alarmVolume })}
      />
      <Slider
        label={t.speakers.alarmMinVolume}
        value={draft.alarmMinVolume}
        disabled={disabled}
        onInput={(alarmMinVolume) => onChange({ alarmMinVolume })}
        onChange={(alarmMinVolume) => onChange({ alarmMinVolume })}
      />
    </>
  )
}
