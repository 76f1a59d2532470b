import type { ProblemCode } from '@mynah/shared/api/problem.ts'

const texts: Readonly<Record<Exclude<ProblemCode, 'rate_limited'>, string>> = {
  bad_request: 'Something in the form is not right.',
  not_json: 'The cloud could not read the request.',
  unauthenticated: 'Please log in again.',
  token_expired: 'Your login ran out. Please log in again.',
  wrong_credentials: 'Login or password is wrong.',
  totp_required: 'A code from your authenticator app is needed.',
  wrong_totp: 'This code is not right. Codes change every 30 seconds.',
  session_ended: 'This login was ended. Please log in again.',
  cross_site: 'The browser sent this from another site; it was refused.',
  forbidden: 'Your role does not allow this.',
  scope_missing: 'The token was not made for this.',
  not_found: 'This does not exist any more, or it is not yours to see.',
  method_not_allowed: 'The cloud does not know this action.',
  conflict: 'This does not fit what is there now.',
  version_conflict: 'Somebody changed this meanwhile. What is there now is shown; please look and try again.',
  login_taken: 'This login is taken. Choose another one.',
  last_admin: 'A home keeps at least one admin.',
  link_used: 'This link was used already.',
  link_expired: 'This link has expired.',
  link_unknown: 'This link is not known.',
  already_set_up: 'This cloud has its first account already. Please log in.',
  code_unknown: 'No speaker waits with this code. Codes are good for a few minutes.',
  device_offline: 'The speaker is offline.',
  key_reused: 'The page asked for two things under one name. Please load it again.',
  too_large: 'This is too large.',
  unsupported_media_type: 'The cloud does not take this kind of file.',
  bad_sound: 'The recording is silent, longer than a minute, or no WAV.',
  bad_firmware: 'This file is no whole firmware bundle. Sign it again, or upload it again.',
  firmware_untrusted: 'No trusted key has signed this bundle. If the key is yours, add its public part first.',
  unavailable: 'The cloud cannot do this right now.',
  internal: 'Something went wrong in the cloud. Its log says what.',
}

export const problems = {
  texts,
  unreachable: 'The cloud does not answer.',
  bad_reply: 'The cloud answered with something this page does not understand. Reload it after an update.',
  /** What the cloud says of a field, which it says in English. */
  field: (name: string, said: string) => `${name}: ${said}`,
  rate_limited: (seconds: number) => `Too many tries. Wait ${seconds} s.`,
}
