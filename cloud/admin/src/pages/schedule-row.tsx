import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import { refuse } from '@mynah/shared/result.ts'
import { AlarmClock, Bell, type LucideIcon, Pencil, Timer } from 'lucide-preact'
import { useRef, useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { TextField } from '../design/field.tsx'
import { Form } from '../design/form.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { dateTime, longDuration, relativeTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { speakerOf } from '../live/speakers.ts'
import { useOptimistic } from '../resource/optimistic.ts'
import { failureText } from '../session/failure-text.ts'
import { api, may } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { browserTimeZone } from '../time/browser-time-zone.ts'
import { repeatText } from './schedule/repeat-text.ts'
import { timingOf, whenOf } from './schedule/when.ts'
import { WhenFields } from './schedule/when-fields.tsx'

const icons: Readonly<Record<ScheduledView['kind'], LucideIcon>> = { timer: Timer, alarm: AlarmClock, reminder: Bell }

const paramsOf = ({ device_id, item_id }: ScheduledView) => ({ device_id, item_id })
const setOnSpeaker = (
  { device_id: _speaker, item_id: _item, ...body }: ScheduledView,
  params: ReturnType<typeof paramsOf>,
) => api.call('setScheduleItem', { params, body })

/** Time and label, in the row itself. A timer runs on: of it only the label can change. */
const EditForm = ({
  item,
  onSave,
  onClose,
}: {
  readonly item: ScheduledView
  readonly onSave: (wish: ScheduledView) => void
  readonly onClose: () => void
}) => {
  const t = useText()
  const [before] = useState(() => whenOf(item, browserTimeZone()))
  const [when, setWhen] = useState(before)
  const [label, setLabel] = useState(item.label ?? '')
  const [problem, setProblem] = useState<string>()
  const save = () => {
    const { label: _label, fires_at, repeat, ...rest } = item
    // A time that was not touched keeps its seconds.
    const kept = { fires_at, ...(repeat && { repeat }) }
    const timing = when === before ? kept : timingOf(when, browserClock.wallTime().getTime())
    if (!timing) return setProblem(t.home.alarms.past)
    onSave({ ...rest, ...timing, ...(label.trim() === '' ? {} : { label: label.trim() }) })
    onClose()
  }
  return (
    <Form class="grow row schedule-edit" onSubmit={save}>
      {item.kind !== 'timer' && <WhenFields when={when} onChange={setWhen} problem={problem} />}
      <TextField label={t.home.alarms.labelText} maxLength={200} value={label} onInput={setLabel} />
      <div class="row schedule-edit-actions">
        <Button kind="primary" type="submit">
          {t.actions.save}
        </Button>
        <Button kind="quiet" onClick={onClose}>
          {t.actions.back}
        </Button>
      </div>
    </Form>
  )
}

const Words = ({ item, speakerName }: { readonly item: ScheduledView; readonly speakerName: string | undefined }) => {
  const t = useText()
  return (
    <span class="grow">
      <strong>{item.label ?? t.home.alarms.kinds[item.kind]}</strong>
      {item.duration_ms !== undefined && <span class="soft"> · {longDuration(item.duration_ms)}</span>}
      {speakerName !== undefined && <span class="soft"> · {speakerName}</span>}
      <span class="soft small">
        <br />
        {t.home.alarms.kinds[item.kind]} · {item.repeat && <>{repeatText(t, item.repeat)} · </>}
        <time dateTime={item.fires_at}>
          {item.repeat ? t.home.alarms.next(dateTime(item.fires_at)) : dateTime(item.fires_at)}
        </time>{' '}
        · {relativeTime(item.fires_at)}
      </span>
    </span>
  )
}

/** One timer, alarm or reminder; a change shows at once, and is taken back where one can see it when the speaker does not take it. */
export const ScheduleRow = ({
  item: known,
  withSpeaker,
  onCancelled,
  onChanged,
}: {
  readonly item: ScheduledView
  readonly withSpeaker: boolean
  readonly onCancelled: () => void
  readonly onChanged: (item: ScheduledView) => void
}) => {
  const t = useText()
  const [isBusy, setBusy] = useState(false)
  const [isEditing, setEditing] = useState(false)
  const isUnanswered = useRef(false)
  const ask = async (wish: ScheduledView) => {
    const answer = await setOnSpeaker(wish, paramsOf(known))
    isUnanswered.current = answer.ok && answer.value.state === 'no_answer'
    if (isUnanswered.current) return refuse<ApiFailure>({ type: 'unreachable' })
    if (answer.ok) onChanged(wish)
    return answer
  }
  const {
    value: item,
    set,
    rollbacks,
  } = useOptimistic(known, ask, (failure) =>
    tellFailed(isUnanswered.current ? t.home.alarms.noAnswer : failureText(t, failure)),
  )
  const Icon = icons[item.kind]
  const what = item.label ?? t.home.alarms.kinds[item.kind]
  const speaker = speakerOf(item.device_id)?.device.value
  const cancel = async () => {
    setBusy(true)
    const cancelled = await api.call('cancelScheduleItem', { params: paramsOf(known) })
    setBusy(false)
    if (!cancelled.ok) tellFailed(failureText(t, cancelled.error))
    else if (cancelled.value.state === 'no_answer') tellFailed(t.home.alarms.noAnswer)
    else {
      tellDone(t.home.alarms.cancelled)
      onCancelled()
    }
  }
  return (
    <li class="list-row">
      <Icon size={19} aria-hidden="true" class="soft" />
      {isEditing ? (
        <EditForm item={item} onSave={set} onClose={() => setEditing(false)} />
      ) : (
        <span key={rollbacks} class={rollbacks > 0 ? 'grow rolled-back' : 'grow'}>
          <Words item={item} speakerName={withSpeaker ? (speaker?.name ?? t.speakers.unnamed) : undefined} />
        </span>
      )}
      {!isEditing && may(speaker?.home_id, 'member') && (
        <>
          <Button kind="quiet" icon={Pencil} aria-label={t.home.alarms.editOf(what)} onClick={() => setEditing(true)} />
          <Button kind="quiet" busy={isBusy} aria-label={t.home.alarms.cancelOf(what)} onClick={() => void cancel()}>
            {t.actions.cancel}
          </Button>
        </>
      )}
    </li>
  )
}
