import { CheckChips, TextField } from '../../design/field.tsx'
import { weekdayName } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { browserTimeZone } from '../../time/browser-time-zone.ts'
import { timeOfDay, type When, weekdaysInOrder, withTimeOfDay } from './when.ts'

/** Date and time, or the time of day and the weekdays on which it comes again. */
export const WhenFields = ({
  when,
  onChange,
  problem,
}: {
  readonly when: When
  readonly onChange: (when: When) => void
  readonly problem: string | undefined
}) => {
  const t = useText()
  const isRepeating = when.weekdays.length > 0
  const elsewhere = isRepeating && when.timeZone !== browserTimeZone() ? t.home.alarms.zone(when.timeZone) : undefined
  return (
    <>
      {isRepeating ? (
        <TextField
          key="time"
          label={t.home.alarms.timeOfDay}
          hint={elsewhere}
          type="time"
          required
          value={timeOfDay(when.at)}
          onInput={(time) => onChange({ ...when, at: withTimeOfDay(when.at, time) })}
          error={problem}
        />
      ) : (
        <TextField
          key="moment"
          label={t.home.alarms.at}
          type="datetime-local"
          required
          value={when.at}
          onInput={(at) => onChange({ ...when, at })}
          error={problem}
        />
      )}
      <CheckChips
        label={t.home.alarms.repeatOn}
        chosen={when.weekdays}
        choices={weekdaysInOrder.map((day) => ({ value: day, text: weekdayName(day), name: weekdayName(day, 'long') }))}
        onChange={(weekdays) => onChange({ ...when, weekdays })}
      />
    </>
  )
}
