import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { AlarmClock, Plus } from 'lucide-preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { Dialog } from '../design/dialog.tsx'
import { SelectField, TextField } from '../design/field.tsx'
import { Form } from '../design/form.tsx'
import { EmptyState } from '../design/states.tsx'
import { tellDone } from '../design/toast.tsx'
import { useText } from '../i18n/language.ts'
import { onLiveEvent } from '../live/connection.ts'
import { scheduleAfter, withItem } from '../live/schedule-items.ts'
import { allSpeakers, speakerOf } from '../live/speakers.ts'
import { Loaded, useResource } from '../resource/resource.tsx'
import { failureText } from '../session/failure-text.ts'
import { api, may } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { browserTimeZone } from '../time/browser-time-zone.ts'
import { localInput } from '../time/local-input.ts'
import { timingOf, type When } from './schedule/when.ts'
import { WhenFields } from './schedule/when-fields.tsx'
import { ScheduleRow } from './schedule-row.tsx'

type Kind = ScheduledView['kind']
const kinds: readonly Kind[] = ['timer', 'alarm', 'reminder']

const useNameOf = () => {
  const t = useText()
  return (deviceId: string) => speakerOf(deviceId)?.device.value.name ?? t.speakers.unnamed
}

const NewItem = ({
  deviceId,
  onClose,
  onSet,
}: {
  readonly deviceId: string | undefined
  readonly onClose: () => void
  readonly onSet: () => void
}) => {
  const t = useText()
  const nameOf = useNameOf()
  const ids = deviceId
    ? [deviceId]
    : allSpeakers.value
        .map(({ device }) => device.value)
        .filter(({ home_id: homeId }) => may(homeId, 'member'))
        .map(({ device_id: id }) => id)
  const [speaker, setSpeaker] = useState(ids[0] ?? '')
  const [kind, setKind] = useState<Kind>('alarm')
  const [when, setWhen] = useState<When>(() => ({
    at: localInput(browserClock.wallTime().getTime() + 3_600_000),
    weekdays: [],
    timeZone: browserTimeZone(),
  }))
  const [minutes, setMinutes] = useState('10')
  const [label, setLabel] = useState('')
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  const set = async () => {
    const nowMs = browserClock.wallTime().getTime()
    const durationMs = Math.round(Number(minutes) * 60_000)
    const timing =
      kind === 'timer'
        ? { fires_at: instant(nowMs + durationMs).toISOString(), duration_ms: durationMs }
        : timingOf(when, nowMs)
    if (!timing) {
      setProblem(t.home.alarms.past)
      return
    }
    setBusy(true)
    const answer = await api.call('setScheduleItem', {
      params: { device_id: speaker, item_id: `panel-${crypto.getRandomValues(new Uint32Array(2)).join('-')}` },
      body: {
        kind,
        ...timing,
        ...(label.trim() === '' ? {} : { label: label.trim() }),
      },
    })
    setBusy(false)
    if (!answer.ok) setProblem(failureText(t, answer.error))
    else if (answer.value.state === 'no_answer') setProblem(t.home.alarms.noAnswer)
    else {
      tellDone(t.home.alarms.isSet)
      onSet()
      onClose()
    }
  }
  return (
    <Dialog title={t.home.alarms.newTitle} onClose={onClose}>
      <Form onSubmit={set}>
        {!deviceId && (
          <SelectField
            label={t.home.alarms.speaker}
            value={speaker}
            choices={ids.map((value) => ({ value, text: nameOf(value) }))}
            onChange={setSpeaker}
          />
        )}
        <SelectField
          label={t.home.alarms.kind}
          value={kind}
          choices={kinds.map((value) => ({ value, text: t.home.alarms.kinds[value] }))}
          onChange={setKind}
        />
        {kind === 'timer' ? (
          <TextField
            label={t.home.alarms.minutes}
            type="number"
            min={1}
            max={1_440}
            required
            value={minutes}
            onInput={setMinutes}
            error={problem}
          />
        ) : (
          <WhenFields when={when} onChange={setWhen} problem={problem} />
        )}
        <TextField label={t.home.alarms.labelText} maxLength={200} value={label} onInput={setLabel} />
        <Button kind="primary" type="submit" busy={isBusy}>
          {t.home.alarms.set}
        </Button>
      </Form>
    </Dialog>
  )
}

/** Timers, alarms and reminders: of one speaker, or of the speakers of a home when `deviceId` is undefined. */
export const ScheduleCard = ({
  deviceId,
  homeId,
}: {
  readonly deviceId?: string
  readonly homeId: string | undefined
}) => {
  const t = useText()
  const [isAdding, setAdding] = useState(false)
  const resource = useResource(deviceId ?? 'all', (signal) =>
    deviceId
      ? api.call('getSchedule', { params: { device_id: deviceId } }, { signal })
      : api.call('listSchedules', {}, { signal }),
  )
  const isLoading = useRef(true)
  isLoading.current = resource.state.type === 'loading'
  useEffect(
    () =>
      onLiveEvent((event) => {
        // What was asked for may have been answered before this event: the answer that comes may be older.
        if (event.type === 'schedule_update' && isLoading.current) resource.reload()
        const isShown = (id: string) => deviceId === undefined || id === deviceId
        resource.update(({ items }) => ({ items: scheduleAfter(items, event, isShown) }))
      }),
    [deviceId],
  )
  const isMine = (item: ScheduledView) =>
    deviceId !== undefined || speakerOf(item.device_id)?.device.value.home_id === homeId
  return (
    <Card
      title={t.speakers.schedule}
      flush
      actions={
        may(homeId, 'member') &&
        (deviceId !== undefined || allSpeakers.value.length > 0) && (
          <Button icon={Plus} onClick={() => setAdding(true)}>
            {t.home.alarms.add}
          </Button>
        )
      }
    >
      <Loaded resource={resource}>
        {({ items }) =>
          items.some(isMine) ? (
            <ul class="list">
              {items.filter(isMine).map((item) => (
                <ScheduleRow
                  key={`${item.device_id} ${item.item_id}`}
                  item={item}
                  withSpeaker={deviceId === undefined}
                  onCancelled={resource.reload}
                  onChanged={(changed) => resource.update((value) => ({ items: withItem(value.items, changed) }))}
                />
              ))}
            </ul>
          ) : (
            <EmptyState icon={AlarmClock} title={t.home.alarms.emptyTitle}>
              {t.home.alarms.emptyText}
            </EmptyState>
          )
        }
      </Loaded>
      {isAdding && <NewItem deviceId={deviceId} onClose={() => setAdding(false)} onSet={resource.reload} />}
    </Card>
  )
}
