import type { ConfigChangeBody, DeviceConfigView, DeviceDetail } from '@mynah/shared/api/devices.ts'
import { Badge, Card } from '../../design/card.tsx'
import { Slider, SwitchRow } from '../../design/switch.tsx'
import { tellFailed } from '../../design/toast.tsx'
import { textNow, useText } from '../../i18n/language.ts'
import { speakerOf } from '../../live/speakers.ts'
import { useOptimistic } from '../../resource/optimistic.ts'
import { failureText } from '../../session/failure-text.ts'
import { api, may } from '../../session/session.ts'
import { refusalText } from '../detail-text.ts'

/** What the speaker should be set to: the stored wish while it waits for the speaker, else what the speaker reports. */
const knownOf = (detail: DeviceDetail) => {
  const device = speakerOf(detail.device_id)?.device.value ?? detail
  const wish = detail.config.state === 'pending' ? detail.config.config : {}
  return { volume: wish.volume ?? device.volume ?? 50, muted: wish.muted ?? device.muted ?? false }
}

/** Volume and mute: shown at once, taken back visibly when the cloud or the speaker refuses. */
export const SoundCard = ({
  detail,
  onConfig,
}: {
  readonly detail: DeviceDetail
  readonly onConfig: (config: DeviceConfigView) => void
}) => {
  const t = useText()
  const known = knownOf(detail)
  const change = async (body: ConfigChangeBody) => {
    const changed = await api.call('setDeviceConfig', { params: { device_id: detail.device_id }, body })
    if (!changed.ok) return changed
    onConfig(changed.value)
    if (changed.value.state !== 'refused') {
      const speaker = speakerOf(detail.device_id)
      const { volume = null, muted = null } = body
      if (speaker && changed.value.state === 'applied') {
        const before = speaker.device.peek()
        speaker.device.value = { ...before, volume: volume ?? before.volume, muted: muted ?? before.muted }
      }
      return changed
    }
    tellFailed(textNow().speakers.savedRefused(refusalText(textNow(), changed.value.error)))
    return changed
  }
  const volume = useOptimistic(
    known.volume,
    (wish) => change({ volume: wish }),
    (failure) => tellFailed(t.speakers.rolledBack(t.speakers.volume, failureText(textNow(), failure))),
  )
  const muted = useOptimistic(
    known.muted,
    (wish) => change({ muted: wish }),
    (failure) => tellFailed(t.speakers.rolledBack(t.speakers.mute, failureText(textNow(), failure))),
  )
  const isLocked = !may(detail.home_id, 'member')
  const isPending = detail.config.state === 'pending'
  return (
    <Card title={t.speakers.sound} actions={isPending && <Badge tone="note">{t.speakers.configStates.pending}</Badge>}>
      <div class="stack">
        <div key={`volume ${volume.rollbacks}`} class={volume.rollbacks > 0 ? 'rolled-back' : ''}>
          <Slider
            label={t.speakers.volume}
            value={volume.value}
            onInput={volume.preview}
            onChange={volume.set}
            disabled={isLocked}
          />
        </div>
        <div key={`muted ${muted.rollbacks}`} class={muted.rollbacks > 0 ? 'rolled-back' : ''}>
          <SwitchRow label={t.speakers.mute} checked={muted.value} onChange={muted.set} disabled={isLocked} />
        </div>
        {isPending && <p class="soft small">{t.speakers.pendingHint}</p>}
      </div>
    </Card>
  )
}
