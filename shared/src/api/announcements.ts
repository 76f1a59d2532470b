import * as v from 'valibot'
import { deviceIdSchema, languageSchema } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { line, prose } from './fields.ts'

/** The largest recording: a minute of 16-bit mono at 48 kHz, and its header. */
export const maxRecordingBytes = 60 * 48_000 * 2 + 1_024

const targetSchema = v.variant('type', [
  v.strictObject({ type: v.literal('all') }),
  v.strictObject({ type: v.literal('room'), room: line(100) }),
  v.strictObject({
    type: v.literal('devices'),
    device_ids: v.pipe(v.array(deviceIdSchema), v.minLength(1), v.maxLength(200)),
  }),
])
export type AnnouncementTarget = v.InferOutput<typeof targetSchema>

const announcedSchema = v.object({
  announcement_id: v.string(),
  /** One per speaker of the target. `sent`: on its way; whether it was played comes as `alert` or `playback` in the live events. */
  results: v.array(
    v.object({
      device_id: v.string(),
      state: v.picklist(['sent', 'offline', 'failed']),
      play_id: v.nullable(v.string()),
      code: v.nullable(v.string()),
    }),
  ),
})
export type AnnouncedView = v.InferOutput<typeof announcedSchema>

const member = { type: 'of_home', atLeast: 'member', by: 'home_id' } as const

/** Speaking to one speaker, a room, or the whole home. */
export const announcementEndpoints = {
  announce: endpoint('/api/homes/{home_id}/announcements', {
    method: 'POST',
    onceByKey: true,
    access: member,
    scope: 'devices:write',
    status: 202,
    summary: 'Have a text spoken',
    body: v.strictObject({
      text: v.pipe(prose(500), v.minLength(1), v.regex(/[\p{L}\p{N}]/u, 'a letter or a digit that can be spoken')),
      language: v.optional(languageSchema),
      target: targetSchema,
    }),
    reply: announcedSchema,
  }),
  announceRecording: endpoint('/api/homes/{home_id}/announcements/recording', {
    method: 'POST',
    onceByKey: true,
    access: member,
    scope: 'devices:write',
    status: 202,
    summary: 'Have a recorded voice played: WAV, 16-bit, at most a minute',
    /** `room` or `device_ids` (comma-separated); neither: all speakers of the home. */
    query: v.strictObject({
      room: v.optional(line(100)),
      device_ids: v.optional(
        v.pipe(v.string(), v.regex(/^[a-z0-9-]{3,32}(,[a-z0-9-]{3,32}){0,199}$/, 'ids with commas between')),
      ),
    }),
    body: { type: 'binary', contentType: 'audio/wav', maxBytes: maxRecordingBytes },
    reply: announcedSchema,
  }),
}
