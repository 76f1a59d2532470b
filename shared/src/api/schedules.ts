import * as v from 'valibot'
import { fromDevice } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { instantSchema, line, timeZoneSchema } from './fields.ts'

const scheduleItemSchema = fromDevice['schedule/state'].entries.items.pipe[0].item
export const scheduledSchema = v.object({ device_id: v.string(), ...scheduleItemSchema.entries })
export type ScheduledView = v.InferOutput<typeof scheduledSchema>

/** For sorting. ISO instants of one form order as text. */
export const soonestFirst = (a: ScheduledView, b: ScheduledView): number =>
  Number(a.fires_at > b.fires_at) - Number(a.fires_at < b.fires_at)

const { weekdays: weekdaysSchema, at: timeOfDaySchema } = scheduleItemSchema.entries.repeat.wrapped.entries
/** Days of the week with Sunday as 0, each once, and the time of day in the zone. */
const repeatSchema = v.strictObject({
  weekdays: v.pipe(
    weekdaysSchema,
    v.check((days) => new Set(days).size === days.length, 'each weekday once'),
  ),
  at: timeOfDaySchema,
  time_zone: timeZoneSchema,
})

const applied = v.object({ state: v.picklist(['applied', 'no_answer']), item_id: v.string() })
const viewer = { type: 'of_home', atLeast: 'viewer', by: 'device_id' } as const
const member = { type: 'of_home', atLeast: 'member', by: 'device_id' } as const

/** Timers, alarms and reminders, which live on the speakers. */
export const scheduleEndpoints = {
  listSchedules: endpoint('/api/schedule', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'viewer' },
    scope: 'devices:read',
    status: 200,
    summary: 'Timers, alarms and reminders of all my speakers, soonest first',
    reply: v.object({ items: v.array(scheduledSchema) }),
  }),
  getSchedule: endpoint('/api/devices/{device_id}/schedule', {
    method: 'GET',
    access: viewer,
    scope: 'devices:read',
    status: 200,
    summary: 'Timers, alarms and reminders as the speaker last reported them',
    reply: v.object({ items: v.array(scheduledSchema) }),
  }),
  /**
   * Idempotent: the caller names the item. With `repeat` an alarm or reminder comes again, and its next time follows from that; without,
   * `fires_at` is needed. `no_answer`: the speaker did not confirm in 3 s; it is not stored anywhere else.
   */
  setScheduleItem: endpoint('/api/devices/{device_id}/schedule/{item_id}', {
    method: 'PUT',
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Set or change one item',
    body: v.strictObject({
      kind: v.picklist(['timer', 'alarm', 'reminder']),
      fires_at: v.optional(instantSchema),
      duration_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(86_400_000))),
      label: v.optional(line(200)),
      repeat: v.optional(repeatSchema),
    }),
    reply: applied,
  }),
  cancelScheduleItem: endpoint('/api/devices/{device_id}/schedule/{item_id}', {
    method: 'DELETE',
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Cancel one item',
    reply: applied,
  }),
}
