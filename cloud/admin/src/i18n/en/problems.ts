import type { FieldRule, ProblemCode } from '@mynah/shared/api/problem.ts'

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

/** What is wrong with one field; `limit` is the bound of those that have one. */
const rules: Readonly<Record<FieldRule, (limit: number) => string>> = {
  missing: () => 'this is needed',
  empty: () => 'this must not be empty',
  too_short: (limit) => `at least ${limit} characters are needed`,
  too_long: (limit) => `at most ${limit} characters fit`,
  too_few: (limit) => `at least ${limit} are needed`,
  too_many: (limit) => `at most ${limit} fit`,
  too_small: (limit) => `it must be ${limit} or more`,
  too_large: (limit) => `it must be ${limit} or less`,
  not_whole: () => 'a whole number is needed',
  wrong_choice: () => 'this cannot be chosen',
  wrong_form: () => 'this cannot be read, or has characters that are not allowed',
  unknown_field: () => 'the cloud does not know this field',
}

/** The form that a field must have, by its name. */
const forms: Readonly<Record<string, string>> = {
  login: '2 to 64 letters, digits or . _ @ + - without spaces',
  time_zone: 'this is no time zone such as Europe/Zurich',
  url: 'an address with http:// or https:// is needed',
  address: 'a host and a port such as 10.0.0.5:50051 are needed',
  totp: '6 digits, or a recovery code such as ab12-cd34',
  code: '6 digits are needed',
  token: 'this link is not whole',
  public_key: 'this is no public key as `npm run firmware -- keys` prints it',
  personas: 'two personas answer to the same wake word',
  from: 'a time from 00:00 to 23:59 is needed',
  to: 'a time from 00:00 to 23:59 is needed',
  at: 'a time from 00:00 to 23:59 is needed',
  fires_at: 'a date and a time are needed',
  text: 'there is nothing in it that can be spoken',
}

/** Fields of forms, where records have none of that name or mean something else by it. */
const inputs: Readonly<Record<string, string>> = {
  code: 'code',
  totp: 'code',
  login: 'login',
  token: 'link',
  note: 'note',
  home_name: 'name of the home',
  current_password: 'password',
  new_password: 'new password',
  url: 'address',
  prompt: 'instructions',
  words: 'wake words',
  wake_words: 'wake words',
  at: 'time',
  fires_at: 'time',
  duration_ms: 'length',
  weekdays: 'days',
  public_key: 'key',
  api_key: 'key',
  text: 'text',
  label: 'name',
}

export const problems = {
  texts,
  rules,
  forms,
  inputs,
  wrong_password: 'This password is not right.',
  unreachable: 'The cloud does not answer.',
  bad_reply: 'The cloud answered with something this page does not understand. Reload it after an update.',
  /** Which field, and what is wrong with it. */
  field: (name: string, said: string) => `${name[0]?.toUpperCase()}${name.slice(1)}: ${said}.`,
  /** Two sentences after each other. */
  both: (first: string, second: string) => `${first} ${second}`,
  rate_limited: (seconds: number) => `Too many tries. Wait ${seconds} s.`,
}
