import * as v from 'valibot'

/** Of a sound, a command or a change of a schedule: made by who asks for it. */
export const playIdSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'a play id is 1 to 64 base64url characters'),
)
export const shortText = v.pipe(v.string(), v.maxLength(200))
export const spokenText = v.pipe(v.string(), v.maxLength(8_000))
export const durationMs = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400_000))
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const volume = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100))
