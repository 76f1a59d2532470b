import * as v from 'valibot'
import { dialogPhaseSchema, languageSchema, toDevice } from '../wire/topics.ts'
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
 * null follows `volume` again, a room, voice or time zone that is null is not set any more.
 */
const { v: _format, version: _version, ...settableEntries } = toDevice.config.entries
export const configChangeSchema = v.strictObject({
  ...settableEntries,
  name: v.optional(line(100)),
  room: v.optional(v.nullable(line(100))),
  voice: v.optional(v.nullable(line(100))),
  time_zone: v.optional(v.nullable(timeZoneSchema)),
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

const commandOutcomeSchema = v.object({
  state: v.picklist(['done', 'refused', 'no_answer']),
  report: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
})
export type CommandOutcomeView = v.InferOutput<typeof commandOutcomeSchema>

const viewer = { type: 'of_home', atLeast: 'viewer', by: 'device_id' } as const
const member = { type: 'of_home', atLeast: 'member', by: 'device_id' } as const
const admin = { type: 'of_home', atLeast: 'admin', by: 'device_id' } as const

/** Speakers: list, configuration, commands, parting. */
export const deviceEndpoints = {
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
