import * as v from 'valibot'
import { instant } from '../time/instant.ts'
import { endpoint } from './endpoint.ts'
import { homeIdSchema, instantSchema } from './fields.ts'
import { pageOf, pageQuery } from './page.ts'

/** States, which last until they are over. */
const lastingKinds = ['offline', 'hot', 'low_battery', 'provider_failed', 'low_disk'] as const
/** What happens and is over at once. */
const momentKinds = ['update', 'config_refused', 'speaker_error', 'announcement_failed'] as const

export const alertKindSchema = v.picklist([...lastingKinds, ...momentKinds])
export type AlertKind = v.InferOutput<typeof alertKindSchema>
export const alertSeveritySchema = v.picklist(['info', 'warning', 'critical'])
/** What the sentence needs: `temperature_c`, `battery`, `free_bytes`, `stage`, `code` ... */
export const alertDetailSchema = v.record(v.string(), v.unknown())

/**
 * An engine of a home (`stage`) failed in a turn, so that an apology took the place of the answer: the live event `provider_failed`, as
 * long as it lasts. `detail` of the event has `stage` and `code`, never what the provider said.
 */
const providerAlertSchema = v.object({
  kind: v.literal('provider_failed'),
  home_id: v.string(),
  /** The speaker at which it was noticed. */
  device_id: v.string(),
  at: instantSchema,
  stage: v.picklist(['stt', 'llm', 'tts']),
  code: v.string(),
})
export type ProviderAlert = v.InferOutput<typeof providerAlertSchema>

/** One thing that went wrong, as it is kept. */
const alertRecordSchema = v.object({
  alert_id: v.number(),
  /** Null: it concerns the cloud itself, and is shown to who runs it. */
  home_id: v.nullable(v.string()),
  /** The speaker, or for an engine the one at which it was noticed; null when it concerns none. */
  device_id: v.nullable(v.string()),
  kind: alertKindSchema,
  severity: alertSeveritySchema,
  detail: alertDetailSchema,
  at: instantSchema,
  /** When it was over; null while it lasts; the same as `at` for what only happens. */
  ended_at: v.nullable(instantSchema),
})
export type AlertRecord = v.InferOutput<typeof alertRecordSchema>

/** What ISO 8601 allows and no clock reads (`+01` for a zone) is refused too. */
const readableInstant = v.pipe(
  instantSchema,
  v.check((text) => Number.isFinite(instant(text).getTime()), 'an instant such as 2026-01-31T07:00:00Z'),
)

const viewer = { type: 'any_home', atLeast: 'viewer' } as const

/** What goes wrong, and what went wrong. */
export const alertEndpoints = {
  listAlerts: endpoint('/api/alerts', {
    method: 'GET',
    access: viewer,
    scope: 'devices:read',
    status: 200,
    summary: 'Engines of my homes that fail; what comes and goes afterwards is told by `alert` over /ws',
    reply: v.object({ items: v.array(providerAlertSchema) }),
  }),
  /**
   * Kept for 90 days, at most 2,000 of a home. `since` and `until` give what lasted or happened at any time between them, also what
   * began earlier. What concerns the cloud itself is in it for who runs the cloud, with API tokens that have `system:read`.
   */
  listAlertHistory: endpoint('/api/alerts/history', {
    method: 'GET',
    access: viewer,
    scope: 'devices:read',
    status: 200,
    summary: 'What went wrong at speakers, engines and the cloud, newest first',
    query: v.strictObject({
      ...pageQuery,
      home_id: v.optional(homeIdSchema),
      since: v.optional(readableInstant),
      until: v.optional(readableInstant),
      kind: v.optional(alertKindSchema),
    }),
    reply: pageOf(alertRecordSchema),
  }),
}
