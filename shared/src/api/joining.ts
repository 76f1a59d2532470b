import * as v from 'valibot'
import { deviceIdSchema, languageSchema, udpAddressSchema } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { instantSchema, line, timeZoneSchema } from './fields.ts'

const enrolmentTokenSchema = v.object({
  token_id: v.string(),
  name: v.nullable(v.string()),
  for_device_id: v.nullable(v.string()),
  created_at: instantSchema,
  expires_at: instantSchema,
  used_by: v.nullable(v.string()),
})
export type EnrolmentTokenView = v.InferOutput<typeof enrolmentTokenSchema>

/** How a speaker comes into a home: by a token, or by the code it says. */
export const joiningEndpoints = {
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
  /** Both sides prove that they hold the device secret (wire/moved-cloud.ts); 401 to everybody else, 404 for an address of another machine. */
  askMoved: endpoint('/api/enrol/moved', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    summary: 'A speaker asks what it found on the network whether it is its cloud, which has another address now',
    body: v.strictObject({
      v: v.literal(1),
      device_id: deviceIdSchema,
      nonce: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
      url: v.pipe(v.string(), v.maxLength(200), v.url()),
      proof: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
    }),
    reply: v.object({
      v: v.literal(1),
      mqtt: v.object({ url: v.string() }),
      udp: udpAddressSchema,
      proof: v.string(),
    }),
  }),
}
