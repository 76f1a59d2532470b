import type { ConfigChangeBody, DeviceConfigView, DeviceDetail } from '@mynah/shared/api/devices.ts'
import { defaultFollowUpMs } from '@mynah/shared/wire/config-defaults.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Badge, Card, type Tone } from '../../design/card.tsx'
import { SelectField, TextField } from '../../design/field.tsx'
import { Form } from '../../design/form.tsx'
import { Slider, SwitchRow } from '../../design/switch.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { useText } from '../../i18n/language.ts'
import { codeOf, failureText } from '../../session/failure-text.ts'
import { api, may } from '../../session/session.ts'
import { refusalText } from '../detail-text.ts'
import { splitWords } from '../split-words.ts'
import { type VolumeDraft, VolumeFields, volumeChangeOf, volumesOf } from './volumes.tsx'

type Preset = 'strict' | 'normal' | 'sensitive'
const presets: readonly Preset[] = ['strict', 'normal', 'sensitive']

type Draft = VolumeDraft & {
  readonly name: string
  readonly room: string
  readonly language: Language
  readonly voice: string
  readonly wakeWords: string
  readonly preset: Preset
  readonly followUpS: number
  readonly quiet: { readonly from: string; readonly to: string } | undefined
  readonly timeZone: string
}

const draftOf = ({ config: { config }, name, room, language }: DeviceDetail): Draft => ({
  name: config.name ?? name ?? '',
  room: config.room ?? room ?? '',
  language: config.language ?? language,
  voice: config.voice ?? '',
  wakeWords: config.wake?.words.join(', ') ?? '',
  preset: config.wake?.preset ?? 'normal',
  followUpS: Math.round((config.follow_up_ms ?? defaultFollowUpMs) / 1_000),
  quiet: config.quiet_hours ?? undefined,
  timeZone: config.time_zone ?? '',
  ...volumesOf(config),
})

/** A field that was emptied is not set any more. */
const textOrNothing = (text: string): string | null => (text.trim() === '' ? null : text)

/** Only what differs from before goes to the cloud: what somebody else changed meanwhile stays. */
const changeOf = (before: Draft, after: Draft): ConfigChangeBody => {
  const words = splitWords(after.wakeWords)
  const wakeChanged = before.wakeWords !== after.wakeWords || before.preset !== after.preset
  const isChanged = (key: 'name' | 'room' | 'voice' | 'timeZone') => after[key].trim() !== before[key].trim()
  return {
    ...(isChanged('name') && after.name.trim() !== '' ? { name: after.name } : {}),
    ...(isChanged('room') ? { room: textOrNothing(after.room) } : {}),
    ...(after.language !== before.language ? { language: after.language } : {}),
    ...(isChanged('voice') ? { voice: textOrNothing(after.voice) } : {}),
    ...(wakeChanged && words.length > 0 ? { wake: { words, preset: after.preset } } : {}),
    ...(after.followUpS !== before.followUpS ? { follow_up_ms: after.followUpS * 1_000 } : {}),
    ...(JSON.stringify(after.quiet) !== JSON.stringify(before.quiet) ? { quiet_hours: after.quiet ?? null } : {}),
    ...(isChanged('timeZone') ? { time_zone: textOrNothing(after.timeZone) } : {}),
    ...volumeChangeOf(before, after),
  }
}

const stateTones: Readonly<Record<DeviceConfigView['state'], Tone>> = {
  none: 'plain',
  pending: 'note',
  applied: 'good',
  refused: 'bad',
  replaced: 'plain',
}

const QuietHours = ({
  quiet,
  onChange,
  disabled,
}: {
  readonly quiet: Draft['quiet']
  readonly onChange: (quiet: Draft['quiet']) => void
  readonly disabled: boolean
}) => {
  const t = useText()
  return (
    <div class="stack-tight">
      <SwitchRow
        label={t.speakers.quietHours}
        hint={t.speakers.quietHoursHint}
        checked={quiet !== undefined}
        disabled={disabled}
        onChange={(isOn) => onChange(isOn ? { from: '22:00', to: '07:00' } : undefined)}
      />
      {quiet && (
        <div class="quiet-hours">
          <TextField
            label={t.speakers.quietFrom}
            type="time"
            required
            disabled={disabled}
            value={quiet.from}
            onInput={(from) => onChange({ ...quiet, from })}
          />
          <TextField
            label={t.speakers.quietTo}
            type="time"
            required
            disabled={disabled}
            value={quiet.to}
            onInput={(to) => onChange({ ...quiet, to })}
          />
        </div>
      )}
    </div>
  )
}

type Edits = Partial<Draft>

/** What was typed since they were sent stays. */
const withoutSent = (edits: Edits, sent: Edits): Edits =>
  Object.fromEntries(
    Object.entries(edits).filter(([key, value]) => !(key in sent) || sent[key as keyof Draft] !== value),
  )

/**
 * Only what a person changed is kept here, the rest is the speaker's as it is known now: neither a save that is under way nor a
 * change by somebody else takes away what is being typed.
 */
const useDraft = (detail: DeviceDetail) => {
  const [edits, setEdits] = useState<Edits>({})
  const before = draftOf(detail)
  const draft: Draft = { ...before, ...edits }
  return {
    before,
    draft,
    put: (part: Edits) => setEdits((current) => ({ ...current, ...part })),
    decided: () => setEdits((current) => withoutSent(current, edits)),
  }
}

type Saving = { readonly onChange: (detail: DeviceDetail) => void; readonly onDecided: () => void }

const useSave = (detail: DeviceDetail, { onChange, onDecided }: Saving) => {
  const t = useText()
  const [isBusy, setBusy] = useState(false)
  const params = { device_id: detail.device_id }
  const tell = ({ state, error }: DeviceConfigView) => {
    if (state === 'refused') tellFailed(t.speakers.savedRefused(refusalText(t, error)))
    else tellDone(state === 'applied' ? t.speakers.savedApplied : t.speakers.savedPending)
  }
  const save = async (body: ConfigChangeBody) => {
    setBusy(true)
    const changed = await api.call('setDeviceConfig', { params, body }, { ifMatch: detail.config.version })
    if (changed.ok) tell(changed.value)
    else tellFailed(failureText(t, changed.error))
    // Refused because of somebody else's change: what is there now is shown in its place.
    if (changed.ok || codeOf(changed.error) === 'version_conflict') {
      const latest = await api.call('getDevice', { params })
      if (latest.ok) onChange(latest.value)
      onDecided()
    }
    setBusy(false)
  }
  return { isBusy, save }
}

/** Everything a person may set, saved together on the version it was read at. */
export const SettingsCard = ({
  detail,
  onChange,
}: {
  readonly detail: DeviceDetail
  readonly onChange: (detail: DeviceDetail) => void
}) => {
  const t = useText()
  const { before, draft, put, decided } = useDraft(detail)
  const { isBusy, save } = useSave(detail, { onChange, onDecided: decided })
  const isLocked = !may(detail.home_id, 'member')
  const change = changeOf(before, draft)
  const isNameless = draft.name.trim() === '' && before.name !== ''
  const { state, error } = detail.config
  return (
    <Card
      title={t.speakers.settings}
      actions={<Badge tone={stateTones[state]}>{t.speakers.configStates[state]}</Badge>}
    >
      <Form onSubmit={() => save(change)}>
        {error && state === 'refused' && <p class="field-error">{t.speakers.savedRefused(refusalText(t, error))}</p>}
        <div class="form-grid">
          <TextField
            label={t.speakers.name}
            maxLength={100}
            disabled={isLocked}
            value={draft.name}
            error={isNameless ? t.speakers.nameNeeded : undefined}
            onInput={(name) => put({ name })}
          />
          <TextField
            label={t.speakers.room}
            maxLength={100}
            disabled={isLocked}
            value={draft.room}
            onInput={(room) => put({ room })}
          />
          <SelectField
            label={t.speakers.languageLabel}
            disabled={isLocked}
            value={draft.language}
            choices={languageSchema.options.map((value) => ({ value, text: t.language[value] }))}
            onChange={(language) => put({ language })}
          />
          <TextField
            label={t.speakers.voice}
            hint={t.speakers.voiceHint}
            maxLength={100}
            disabled={isLocked}
            value={draft.voice}
            onInput={(voice) => put({ voice })}
          />
          <TextField
            label={t.speakers.wakeWords}
            placeholder="hey_jarvis"
            hint={t.speakers.wakeWordsHint}
            disabled={isLocked}
            value={draft.wakeWords}
            onInput={(wakeWords) => put({ wakeWords })}
          />
          <SelectField
            label={t.speakers.preset}
            hint={t.speakers.presetHint}
            disabled={isLocked}
            value={draft.preset}
            choices={presets.map((value) => ({ value, text: t.speakers.presets[value] }))}
            onChange={(preset) => put({ preset })}
          />
          <TextField
            label={t.speakers.timeZone}
            placeholder="Europe/Zurich"
            maxLength={64}
            disabled={isLocked}
            value={draft.timeZone}
            onInput={(timeZone) => put({ timeZone })}
          />
          <Slider
            label={t.speakers.followUp}
            max={30}
            disabled={isLocked}
            value={draft.followUpS}
            onInput={(followUpS) => put({ followUpS })}
            onChange={(followUpS) => put({ followUpS })}
          />
        </div>
        <VolumeFields draft={draft} like={detail.volume ?? 50} disabled={isLocked} onChange={put} />
        <QuietHours quiet={draft.quiet} disabled={isLocked} onChange={(quiet) => put({ quiet })} />
        {!isLocked && (
          <div class="row">
            <Button
              kind="primary"
              type="submit"
              busy={isBusy}
              disabled={isNameless || Object.keys(change).length === 0}
            >
              {t.actions.save}
            </Button>
          </div>
        )}
      </Form>
    </Card>
  )
}
