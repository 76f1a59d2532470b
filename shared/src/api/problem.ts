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

/** What a field can break, in words that never change their meaning. */
export const fieldRules = [
  'missing',
  'empty',
  'too_short',
  'too_long',
  'too_few',
  'too_many',
  'too_small',
  'too_large',
  'not_whole',
  'wrong_choice',
  'wrong_form',
  'unknown_field',
] as const
export type FieldRule = (typeof fieldRules)[number]

const fieldErrorSchema = v.object({
  field: v.string(),
  /** In English. */
  message: v.string(),
  /** Open for rules of a newer cloud. */
  rule: v.optional(v.string()),
  /** The bound of a rule that has one. */
  limit: v.optional(v.number()),
})
export type FieldError = v.InferOutput<typeof fieldErrorSchema>

/** RFC 9457 problem details, `application/problem+json`. `code` is stable, `detail` is a sentence in English for a person. */
export const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  /** Open for codes of a newer cloud. */
  code: v.string(),
  /** For `bad_request`: which fields are wrong. */
  errors: v.optional(v.array(fieldErrorSchema)),
  /** For `version_conflict`: the version that is there. */
  current_version: v.optional(v.number()),
  /** For `rate_limited`: also in the header `retry-after`. */
  retry_after_s: v.optional(v.number()),
})
export type ApiProblem = v.InferOutput<typeof problemSchema>
