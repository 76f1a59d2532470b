import * as v from 'valibot'
import { fromDevice } from '../wire/topics.ts'
import { alertDetailSchema, alertKindSchema, alertSeveritySchema } from './alerts.ts'
import { deviceSchema } from './devices.ts'
import { endpoint } from './endpoint.ts'
import { instantSchema } from './fields.ts'

/**
 * Live events: `GET /ws?ticket=...` with a one-time ticket from `POST /api/live/ticket` (30 s), so that no token stands in an address.
 * After a reconnect `/ws?ticket=...&after=<event_id>` gives what was missed, without loss or duplicates, or says `resumed: false`:
 * then fetch the lists again
 * (it was too long ago, the cloud was started anew, or more was missed than the lists are long). The server pings each 20 s (WebSocket ping); a browser answers by itself.
 *
 * Close codes: 4001 login ended (sign in again), 4008 too slow: more than 1 MiB waited (reconnect with `after`), 1001 the cloud stops (reconnect).
 */
const event = <const E extends v.ObjectEntries>(entries: E) =>
  v.object({ ...entries, event_id: v.string(), at: instantSchema, home_id: v.string(), device_id: v.string() })

/** First message. `epoch` changes with each start of the cloud; `resumed` is false when events may have been missed. */
const helloSchema = v.object({
  type: v.literal('hello'),
  last_event_id: v.string(),
  resumed: v.boolean(),
})

/** A speaker as the list shows it, whole: replace the old one. */
const statusUpdateSchema = v.object({ ...event({ type: v.literal('status_update') }).entries, device: deviceSchema })

/** A speaker left the homes that I see. */
const deviceRemovedSchema = event({ type: v.literal('device_removed') })

/** A turn as it happens. `recognising` carries the transcript so far; `speaking` the reply so far; `ended` the turn is in the list. */
const sessionEventSchema = event({
  type: v.literal('session'),
  session_id: v.string(),
  phase: v.picklist(['recognising', 'thinking', 'speaking', 'expecting', 'ended']),
  heard: v.nullable(v.string()),
  heard_is_final: v.boolean(),
  reply: v.nullable(v.string()),
  outcome: v.nullable(v.string()),
  error: v.nullable(v.object({ stage: v.string(), code: v.string() })),
})

/** Timers, alarms and reminders of one speaker, all that there are: replace the old ones. Sent at each change, whoever made it. */
const scheduleUpdateSchema = event({
  type: v.literal('schedule_update'),
  items: fromDevice['schedule/state'].entries.items,
})

const alertSchema = event({
  type: v.literal('alert'),
  /** `cleared`: the state named before is over. */
  state: v.picklist(['raised', 'cleared']),
  kind: alertKindSchema,
  severity: alertSeveritySchema,
  detail: alertDetailSchema,
})

export const liveMessageSchema = v.variant('type', [
  helloSchema,
  statusUpdateSchema,
  deviceRemovedSchema,
  sessionEventSchema,
  scheduleUpdateSchema,
  alertSchema,
])
export type LiveMessage = v.InferOutput<typeof liveMessageSchema>
export type LiveEvent = Exclude<LiveMessage, { type: 'hello' }>

export const liveCloseCodes = { login_ended: 4_001, too_slow: 4_008, stopping: 1_001 } as const

/** The way into `/ws`. */
export const liveEndpoints = {
  createLiveTicket: endpoint('/api/live/ticket', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'devices:read',
    status: 201,
    summary: 'A one-time ticket for the WebSocket /ws, good for 30 seconds',
    reply: v.object({ ticket: v.string(), expires_in_s: v.number() }),
  }),
}
