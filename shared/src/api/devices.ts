import * as v from 'valibot'
import { deviceIdSchema, dialogPhaseSchema, fromDevice, languageSchema, toDevice } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { homeIdSchema, instantSchema, line, timeZoneSchema } from './fields.ts'
import { pageOf, pageQuery } from './page.ts'

const configStateSchema = v.picklist(['none', 'pending', 'applied', 'refused', 'replaced'])

/** A speaker in a list, and what `status_update` pushes. A field that the speaker does not report is null. */
export const deviceSchema = v.object({
  device_id: v.string(),
  home_id: v.string(),
  name: v.nullable(v.string()),
  room: v.nullable(v.string()),
  online: v.boolean(),
  /** When it last reported; null when never. */
  seen_at: v.nullable(instantSchema),
  phase: v.nullable(dialogPhaseSchema),
  volume: v.nullable(v.number()),
  muted: v.nullable(v.boolean()),
  battery: v.nullable(v.number()),
  temperature_c: v.nullable(v.number()),
  wifi_rssi_dbm: v.nullable(v.number()),
  cpu: v.nullable(v.number()),
  memory: v.nullable(v.number()),
  uptime_ms: v.nullable(v.number()),
  firmware: v.nullable(v.string()),
  language: languageSchema,
  config_version: v.number(),
  config_state: configStateSchema,
})
export type DeviceView = v.InferOutput<typeof deviceSchema>

/**
 * What a person may set. A field left out keeps its value; `quiet_hours: null` switches them off, a volume of media or alarms that is
 * null follows `volume` again.
 */
const { v: _format, version: _version, ...settableEntries } = toDevice.config.entries
export const configChangeSchema = v.strictObject({
  ...settableEntries,
  name: v.optional(line(100)),
  room: v.optional(line(100)),
  media_volume: v.optional(v.nullable(settableEntries.media_volume.wrapped)),
  alarm_volume: v.optional(v.nullable(settableEntries.alarm_volume.wrapped)),
})
export type ConfigChangeBody = v.InferOutput<typeof configChangeSchema>

const configFailureSchema = v.object({ code: v.string(), field: v.string(), message: v.string() })

export const deviceConfigSchema = v.object({
  device_id: v.string(),
  /** Counts from 1; 0 while nobody has set anything. */
  version: v.number(),
  /** `pending`: stored, applied as soon as the speaker is there. `refused`: `error` says why. */
  state: configStateSchema,
  config: v.object(settableEntries),
  error: v.nullable(configFailureSchema),
})
export type DeviceConfigView = v.InferOutput<typeof deviceConfigSchema>

export const deviceDetailSchema = v.object({
  ...deviceSchema.entries,
  enrolled_at: instantSchema,
  config: deviceConfigSchema,
  /** How many days conversations are kept; null: as long as the home says. */
  keep_days: v.nullable(v.number()),
  /** Whether their sound is kept; null: as the home says. */
  keep_sound: v.nullable(v.boolean()),
  turn_count: v.number(),
  events: v.array(v.object({ at: instantSchema, type: v.string(), detail: v.record(v.string(), v.unknown()) })),
})
export type DeviceDetail = v.InferOutput<typeof deviceDetailSchema>

const scheduleItemSchema = fromDevice['schedule/state'].entries.items.pipe[0].item
export const scheduledSchema = v.object({ device_id: v.string(), ...scheduleItemSchema.entries })
export type ScheduledView = v.InferOutput<typeof scheduledSchema>

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

const commandOutcomeSchema = v.object({
  state: v.picklist(['done', 'refused', 'no_answer']),
  report: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
})
export type CommandOutcomeView = v.InferOutput<typeof commandOutcomeSchema>

const enrolmentTokenSchema = v.object({
  token_id: v.string(),
  name: v.nullable(v.string()),
  for_device_id: v.nullable(v.string()),
  created_at: instantSchema,
  expires_at: instantSchema,
  used_by: v.nullable(v.string()),
})
export type EnrolmentTokenView = v.InferOutput<typeof enrolmentTokenSchema>

const applied = v.object({ state: v.picklist(['applied', 'no_answer']), item_id: v.string() })
const viewer = { type: 'of_home', atLeast: 'viewer', by: 'device_id' } as const
const member = { type: 'of_home', atLeast: 'member', by: 'device_id' } as const
const admin = { type: 'of_home', atLeast: 'admin', by: 'device_id' } as const

const speakers = {
  listDevices: endpoint('/api/devices', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'viewer' },
    scope: 'devices:read',
    status: 200,
    summary: 'My speakers, with an ETag: cached, never stale after a change',
    query: v.strictObject({ ...pageQuery, home_id: v.optional(homeIdSchema) }),
    reply: pageOf(deviceSchema),
  }),
  getDevice: endpoint('/api/devices/{device_id}', {
    method: 'GET',
    access: viewer,
    scope: 'devices:read',
    status: 200,
    summary: 'One speaker',
    reply: deviceDetailSchema,
  }),
  updateDevice: endpoint('/api/devices/{device_id}', {
    method: 'PATCH',
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Rename a speaker, put it into a room',
    body: v.strictObject({ name: v.optional(line(100)), room: v.optional(line(100)) }),
    reply: deviceDetailSchema,
  }),
  getDeviceConfig: endpoint('/api/devices/{device_id}/config', {
    method: 'GET',
    access: viewer,
    scope: 'devices:read',
    status: 200,
    summary: 'The configuration, with its version as ETag',
    reply: deviceConfigSchema,
  }),
  /** `If-Match: "7"` (the ETag, or its version) refuses a change that was made on an older version, 409 version_conflict. */
  setDeviceConfig: endpoint('/api/devices/{device_id}/config', {
    method: 'PUT',
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Change the configuration and wait up to a second for the speaker',
    body: configChangeSchema,
    reply: deviceConfigSchema,
  }),
  commandDevice: endpoint('/api/devices/{device_id}/commands', {
    method: 'POST',
    onceByKey: true,
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Let a speaker show itself, restart, or examine itself',
    body: v.strictObject({ command: v.picklist(['identify', 'reboot', 'doctor']) }),
    reply: commandOutcomeSchema,
  }),
  transferDevice: endpoint('/api/devices/{device_id}/transfer', {
    method: 'POST',
    access: admin,
    scope: 'devices:write',
    status: 200,
    summary: 'Move a speaker into another home of mine; its conversations stay where they were held',
    body: v.strictObject({ home_id: homeIdSchema }),
    reply: deviceDetailSchema,
  }),
  unclaimDevice: endpoint('/api/devices/{device_id}', {
    method: 'DELETE',
    access: admin,
    scope: 'devices:write',
    status: 204,
    summary: 'Part from a speaker: it forgets its secret, this cloud refuses it',
    reply: 'none',
  }),
}

const joining = {
  listEnrolmentTokens: endpoint('/api/homes/{home_id}/enrolment-tokens', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'admin', by: 'home_id' },
    scope: 'devices:read',
    status: 200,
    summary: 'Enrolment tokens of a home, without their secrets',
    reply: v.object({ items: v.array(enrolmentTokenSchema) }),
  }),
  createEnrolmentToken: endpoint('/api/homes/{home_id}/enrolment-tokens', {
    method: 'POST',
    onceByKey: true,
    access: { type: 'of_home', atLeast: 'admin', by: 'home_id' },
    scope: 'devices:write',
    status: 201,
    summary: 'A one-time token for a new speaker, shown once; qr_text is what to draw as a QR code',
    /** Name, room, language and time zone are what the speaker then has. */
    body: v.strictObject({
      name: v.optional(line(100)),
      room: v.optional(line(100)),
      language: v.optional(languageSchema),
      time_zone: v.optional(timeZoneSchema),
      valid_hours: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8_760))),
    }),
    /** `qr_text`: `mynah:enrol?cloud=...&token=...`, for the flasher and for a phone that sets a speaker up. */
    reply: v.object({ ...enrolmentTokenSchema.entries, token: v.string(), cloud_url: v.string(), qr_text: v.string() }),
  }),
  revokeEnrolmentToken: endpoint('/api/homes/{home_id}/enrolment-tokens/{token_id}', {
    method: 'DELETE',
    access: { type: 'of_home', atLeast: 'admin', by: 'home_id' },
    scope: 'devices:write',
    status: 204,
    summary: 'Take an unused enrolment token back',
    reply: 'none',
  }),
  claimDevice: endpoint('/api/homes/{home_id}/claims', {
    method: 'POST',
    onceByKey: true,
    access: { type: 'of_home', atLeast: 'admin', by: 'home_id' },
    scope: 'devices:write',
    status: 201,
    summary: 'Claim a speaker by the six-digit code it says',
    body: v.strictObject({ code: v.pipe(v.string(), v.regex(/^\d{6}$/, '6 digits')), name: v.optional(line(100)) }),
    reply: v.object({ device_id: v.string() }),
  }),
  /** For a speaker without a token: it gets a code to say, and polls with `poll_token` until somebody typed it. */
  requestClaimCode: endpoint('/api/enrol/codes', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 201,
    summary: 'A speaker without a token asks for a code to say',
    body: v.strictObject({
      v: v.literal(1),
      device_id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{3,32}$/)),
      /** What it speaks, and goes on speaking once it is claimed. */
      language: v.optional(languageSchema),
    }),
    reply: v.object({
      v: v.literal(1),
      code: v.string(),
      poll_token: v.string(),
      expires_in_s: v.number(),
      poll_after_s: v.number(),
    }),
  }),
  pollClaimCode: endpoint('/api/enrol/codes/poll', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    summary: 'Whether somebody claimed it: then its one-time enrolment token',
    body: v.strictObject({ v: v.literal(1), poll_token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)) }),
    reply: v.object({ v: v.literal(1), state: v.picklist(['waiting', 'claimed']), token: v.optional(v.string()) }),
  }),
  /** Both sides prove that they hold the device secret (wire/standing.ts); 401 to everybody else. */
  askStanding: endpoint('/api/enrol/standing', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    summary: 'A speaker that is refused asks whether its owner has parted from it',
    body: v.strictObject({
      v: v.literal(1),
      device_id: deviceIdSchema,
      nonce: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
      proof: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
    }),
    reply: v.object({ v: v.literal(1), standing: v.picklist(['enrolled', 'released']), proof: v.string() }),
  }),
}

const schedules = {
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

/** Speakers: list, configuration, commands, joining, schedules. */
export const deviceEndpoints = { ...speakers, ...joining, ...schedules }
