import * as v from 'valibot'
import { durationMs, playIdSchema, shortText } from './fields.ts'

/** A change to the speaker's own timers and alarms, made by voice or in the panel; the speaker owns and fires them. */
export const scheduleItemSchema = v.object({
  item_id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  kind: v.picklist(['timer', 'alarm', 'reminder']),
  /** ISO 8601 instant at which it fires. */
  fires_at: v.pipe(v.string(), v.isoTimestamp()),
  duration_ms: v.optional(durationMs),
  label: v.optional(shortText),
  /** It comes again; `fires_at` is its next time. The time of day is that of the zone, also when its clocks change. */
  repeat: v.optional(
    v.object({
      /** 0 is Sunday. */
      weekdays: v.pipe(
        v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6))),
        v.minLength(1),
        v.maxLength(7),
      ),
      at: v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, '00:00 to 23:59')),
      time_zone: shortText,
    }),
  ),
})
export type ScheduleItem = v.InferOutput<typeof scheduleItemSchema>

export const scheduleChangeSchema = v.variant('action', [
  v.object({ action: v.literal('set'), change_id: playIdSchema, item: scheduleItemSchema }),
  v.object({ action: v.literal('cancel'), change_id: playIdSchema, item_id: v.string() }),
  v.object({
    action: v.literal('cancel_all'),
    change_id: playIdSchema,
    kind: v.picklist(['timer', 'alarm', 'reminder']),
  }),
])
export type ScheduleChange = v.InferOutput<typeof scheduleChangeSchema>
