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
import { chosenDays, retentionChoices } from '../retention-choices.ts'

type SoundChoice = 'home' | 'yes' | 'no'
const soundChoiceOf = (keepSound: boolean | null): SoundChoice =>
  keepSound === null ? 'home' : keepSound ? 'yes' : 'no'
const keepSoundOf = (choice: SoundChoice): boolean | null => (choice === 'home' ? null : choice === 'yes')

/** What of conversations is kept and how long, and deleting them. */
export const PrivacyCard = ({ detail, onChange }: { readonly detail: DeviceDetail; readonly onChange: () => void }) => {
  const t = useText()
  const [kept, setKept] = useState({ keep_days: detail.keep_days, keep_sound: detail.keep_sound })
  const params = { device_id: detail.device_id }
  const keep = async (wish: typeof kept) => {
    const before = kept
    setKept(wish)
    const stored = await api.call('setRetention', { params, body: wish })
    if (stored.ok) {
      tellDone(t.states.saved)
      return
    }
    setKept(before)
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
          value={String(kept.keep_days)}
          choices={retentionChoices(t, kept.keep_days, t.home.keeping.ofHome)}
          onChange={(choice) => void keep({ ...kept, keep_days: chosenDays(choice) })}
        />
        <SelectField<SoundChoice>
          label={t.home.keeping.soundChoice}
          hint={t.home.keeping.soundHint}
          value={soundChoiceOf(kept.keep_sound)}
          choices={[
            { value: 'home', text: t.home.keeping.ofHome },
            { value: 'yes', text: t.home.keeping.soundYes },
            { value: 'no', text: t.home.keeping.soundNo },
          ]}
          onChange={(choice) => void keep({ ...kept, keep_sound: keepSoundOf(choice) })}
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
