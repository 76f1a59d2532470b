import { type ReleaseView, type Ring, rings } from '@mynah/shared/api/firmware.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Badge, type Tone } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { SelectField } from '../../design/field.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { dateTime, decimal, percent as percentText, sizeOf } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'

const tones: Readonly<Record<ReleaseView['state'], Tone>> = { active: 'good', paused: 'warn', withdrawn: 'plain' }
const shares = ['1', '5', '10', '25', '50', '75', '100'] as const

/** The share that is set may be one that somebody gave by the API. */
const sharesWith = (share: number) => [...new Set([...shares, String(share)])].toSorted((a, b) => Number(a) - Number(b))

const Rollout = ({ release, onChange }: { readonly release: ReleaseView; readonly onChange: () => void }) => {
  const t = useText()
  const { version } = release
  const params = { release_id: release.release_id }
  const [ring, setRing] = useState<Ring>(release.ring)
  const [share, setShare] = useState(String(release.percent))
  const [isBusy, setBusy] = useState(false)
  const change = async (state: ReleaseView['state']) => {
    setBusy(true)
    const changed = await api.call('changeFirmware', { params, body: { state, ring, percent: Number(share) } })
    setBusy(false)
    if (changed.ok) tellDone(t.firmware.changed)
    else tellFailed(failureText(t, changed.error))
    onChange()
  }
  return (
    <div class="release-rollout">
      <SelectField
        label={t.firmware.to(version)}
        value={ring}
        choices={rings.map((value) => ({ value, text: t.firmware.rings[value] }))}
        onChange={setRing}
      />
      <SelectField
        label={t.firmware.share(version)}
        value={share}
        choices={sharesWith(release.percent).map((value) => ({ value, text: percentText(Number(value)) }))}
        onChange={setShare}
      />
      <div class="row-tight">
        <Button
          kind={release.state === 'active' ? 'secondary' : 'primary'}
          busy={isBusy}
          aria-label={t.firmware.offerOf(version)}
          onClick={() => void change('active')}
        >
          {t.firmware.offer}
        </Button>
        {release.state === 'active' && (
          <Button busy={isBusy} aria-label={t.firmware.pauseOf(version)} onClick={() => void change('paused')}>
            {t.firmware.pause}
          </Button>
        )}
        <ConfirmButton
          kind="danger"
          label={t.firmware.withdraw}
          accessibleName={t.firmware.withdrawOf(version)}
          title={t.firmware.withdrawTitle(version)}
          text={t.firmware.withdrawText}
          onConfirm={() => change('withdrawn')}
        />
      </div>
    </div>
  )
}

/** One release: what it is, who has it, who gets it. */
export const ReleaseRow = ({ release, onChange }: { readonly release: ReleaseView; readonly onChange: () => void }) => {
  const t = useText()
  const { version, target, state } = release
  const remove = async () => {
    const removed = await api.call('deleteFirmware', { params: { release_id: release.release_id } })
    if (removed.ok) tellDone(t.firmware.deleted)
    else tellFailed(failureText(t, removed.error))
    onChange()
  }
  return (
    <li class="release">
      <div class="row-tight">
        <strong class="grow">
          {version} <span class="soft small">{t.firmware.targets[target]}</span>
        </strong>
        <Badge tone={tones[state]}>{t.firmware.states[state]}</Badge>
      </div>
      {release.notes !== null && <p>{release.notes}</p>}
      <p class="soft small">
        {t.firmware.facts(sizeOf(release.size_bytes), release.min_version)}
        <br />
        {t.firmware.signed(release.key_id, dateTime(release.uploaded_at))}
        <br />
        {t.firmware.counts(decimal(release.offered_to), decimal(release.running_on))}
      </p>
      {state === 'withdrawn' ? (
        <div>
          <ConfirmButton
            kind="secondary"
            label={t.actions.delete}
            accessibleName={t.firmware.deleteOf(version)}
            title={t.firmware.deleteTitle(version)}
            text={t.firmware.deleteText}
            onConfirm={remove}
          />
        </div>
      ) : (
        <Rollout key={`${release.ring} ${release.percent}`} release={release} onChange={onChange} />
      )}
    </li>
  )
}
