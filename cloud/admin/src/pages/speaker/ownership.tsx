import type { DeviceDetail } from '@mynah/shared/api/devices.ts'
import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { Card } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { SelectField } from '../../design/field.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { decimal } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { dropSpeaker, speakerOf } from '../../live/speakers.ts'
import { failureText } from '../../session/failure-text.ts'
import { api, may, me } from '../../session/session.ts'

const retentionDays = [0, 1, 7, 30, 90, 365] as const

/** How long conversations are kept, and deleting them. */
export const PrivacyCard = ({ detail, onChange }: { readonly detail: DeviceDetail; readonly onChange: () => void }) => {
  const t = useText()
  const [keepDays, setKeepDays] = useState(detail.keep_days)
  const params = { device_id: detail.device_id }
  const days = [...new Set([...retentionDays, ...(keepDays === null ? [] : [keepDays])])].toSorted((a, b) => a - b)
  const choices = [
    { value: 'forever', text: t.speakers.keepForever },
    ...days.map((count) => ({
      value: String(count),
      text: count === 0 ? t.speakers.keepNone : t.speakers.keepDays(decimal(count)),
    })),
  ]
  const keepFor = async (choice: string) => {
    const before = keepDays
    const wish = choice === 'forever' ? null : Number(choice)
    setKeepDays(wish)
    const stored = await api.call('setRetention', { params, body: { keep_days: wish } })
    if (stored.ok) {
      tellDone(t.states.saved)
      return
    }
    setKeepDays(before)
    tellFailed(t.speakers.rolledBack(t.speakers.privacy, failureText(t, stored.error)))
  }
  const deleteAll = async () => {
    const deleted = await api.call('deleteDeviceTurns', { params })
    if (!deleted.ok) {
      tellFailed(failureText(t, deleted.error))
      return
    }
    tellDone(t.speakers.deletedTurns(decimal(deleted.value.deleted)))
    onChange()
  }
  return (
    <Card title={t.speakers.conversations}>
      <div class="stack">
        <SelectField
          label={t.speakers.privacy}
          value={keepDays === null ? 'forever' : String(keepDays)}
          choices={choices}
          onChange={(choice) => void keepFor(choice)}
        />
        <div>
          <ConfirmButton
            label={t.speakers.deleteTurns}
            title={t.speakers.deleteTurnsTitle}
            text={t.speakers.deleteTurnsText}
            confirmLabel={t.actions.delete}
            onConfirm={deleteAll}
          />
        </div>
      </div>
    </Card>
  )
}

/** Moving a speaker to another home, parting from it. */
export const BelongsCard = ({
  detail,
  onMoved,
}: {
  readonly detail: DeviceDetail
  readonly onMoved: (detail: DeviceDetail) => void
}) => {
  const t = useText()
  const { route } = useLocation()
  const params = { device_id: detail.device_id }
  const homes = (me.value?.homes ?? []).filter(({ home_id: id }) => id === detail.home_id || may(id, 'admin'))
  const move = async (homeId: string) => {
    const moved = await api.call('transferDevice', { params, body: { home_id: homeId } })
    if (!moved.ok) {
      tellFailed(failureText(t, moved.error))
      return
    }
    onMoved(moved.value)
    tellDone(t.speakers.moved(homes.find(({ home_id: id }) => id === homeId)?.name ?? ''))
  }
  const isOnline = (speakerOf(detail.device_id)?.device.value ?? detail).online
  const part = async () => {
    const parted = await api.call('unclaimDevice', { params })
    if (!parted.ok) {
      tellFailed(failureText(t, parted.error))
      return
    }
    dropSpeaker(detail.device_id)
    tellDone(isOnline ? t.speakers.unclaimed : t.speakers.unclaimedOffline)
    route('/')
  }
  return (
    <Card title={t.speakers.belongs}>
      <div class="stack">
        {homes.length > 1 && (
          <SelectField
            label={t.speakers.transfer}
            hint={t.speakers.transferHint}
            value={detail.home_id}
            choices={homes.map(({ home_id: value, name: text }) => ({ value, text }))}
            onChange={(homeId) => void move(homeId)}
          />
        )}
        <div>
          <ConfirmButton
            label={t.speakers.unclaim}
            title={t.speakers.unclaimTitle}
            text={isOnline ? t.speakers.unclaimText : t.speakers.unclaimOfflineText}
            onConfirm={part}
          />
        </div>
      </div>
    </Card>
  )
}
