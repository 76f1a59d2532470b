import * as v from 'valibot'

/** Every code an error of this API can have; they never change their meaning. A page of texts can be keyed by them. */
export const problemCodes = [
  'bad_request',
  'not_json',
  'unauthenticated',
  'token_expired',
  'wrong_credentials',
  'totp_required',
  'wrong_totp',
  'session_ended',
  'cross_site',
  'forbidden',
  'scope_missing',
  'not_found',
  'method_not_allowed',
  'conflict',
  'version_conflict',
  'login_taken',
  'last_admin',
  'link_used',
  'link_expired',
  'link_unknown',
  'already_set_up',
  'code_unknown',
  'device_offline',
  'too_large',
  'key_reused',
  'unsupported_media_type',
  'bad_sound',
  'bad_firmware',
  'firmware_untrusted',
  'rate_limited',
  'unavailable',
  'internal',
] as const
export type ProblemCode = (typeof problemCodes)[number]

/** RFC 9457 problem details, `application/problem+json`. `code` is stable, `detail` is a sentence in English for a person. */
export const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  /** Open for codes of a newer cloud. */
  code: v.string(),
  /** For `bad_request`: which fields are wrong. */
  errors: v.optional(v.array(v.object({ field: v.string(), message: v.string() }))),
  /** For `version_conflict`: the version that is there. */
  current_version: v.optional(v.number()),
  /** For `rate_limited`: also in the header `retry-after`. */
  retry_after_s: v.optional(v.number()),
})
export type ApiProblem = v.InferOutput<typeof problemSchema>
