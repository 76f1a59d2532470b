import * as v from 'valibot'
import { languageSchema } from '../wire/topics.ts'
import { endpoint, roles, scopes } from './endpoint.ts'
import { instantSchema, line, linkTokenSchema, passwordSchema, timeZoneSchema } from './fields.ts'

const loginName = v.pipe(
  v.string(),
  v.trim(),
  v.toLowerCase(),
  v.regex(/^[\p{L}\p{N}._@+-]{2,64}$/u, 'a login is 2 to 64 letters, digits or . _ @ + -'),
)
const roleSchema = v.picklist(roles)

/** A person as they see themselves; `is_system_admin`: runs this cloud. */
export const meSchema = v.object({
  person_id: v.string(),
  login: v.string(),
  name: v.string(),
  language: languageSchema,
  is_system_admin: v.boolean(),
  has_totp: v.boolean(),
  homes: v.array(v.object({ home_id: v.string(), name: v.string(), role: roleSchema })),
})
export type Me = v.InferOutput<typeof meSchema>

/** The access token goes into `Authorization: Bearer`; the refresh token is in a cookie that scripts cannot read. */
export const sessionSchema = v.object({ access_token: v.string(), expires_in_s: v.number(), me: meSchema })
export type Session = v.InferOutput<typeof sessionSchema>

const newPerson = {
  login: loginName,
  name: v.optional(line(100)),
  password: passwordSchema,
  language: v.optional(languageSchema),
}
/** As typed at login: never refused by shape, so that the answer is the same for every wrong one. */
const typedPassword = v.pipe(v.string(), v.minLength(1), v.maxLength(256))
const totpCode = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^(\d{6}|[a-z0-9]{4}-[a-z0-9]{4})$/, '6 digits, or a recovery code'),
)

const loginView = v.object({
  login_id: v.string(),
  created_at: instantSchema,
  last_used_at: instantSchema,
  user_agent: v.string(),
  is_current: v.boolean(),
})
export type LoginView = v.InferOutput<typeof loginView>

const apiTokenView = v.object({
  token_id: v.string(),
  name: v.string(),
  scopes: v.array(v.picklist(scopes)),
  created_at: instantSchema,
  expires_at: v.nullable(instantSchema),
  last_used_at: v.nullable(instantSchema),
})
export type ApiTokenView = v.InferOutput<typeof apiTokenView>

const invitationView = v.object({ home_name: v.string(), role: roleSchema, expires_at: instantSchema })

const account = {
  /** `needed`: nobody has an account yet. */
  getSetup: endpoint('/api/setup', {
    method: 'GET',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    summary: 'Whether this cloud still waits for its first person',
    reply: v.object({ needed: v.boolean() }),
  }),
  checkSetupLink: endpoint('/api/setup/check', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    summary: 'Whether a first-login link is still good',
    body: v.strictObject({ token: linkTokenSchema }),
    reply: v.object({ state: v.picklist(['open', 'expired', 'unknown']) }),
  }),
  setUp: endpoint('/api/setup', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 201,
    usesCookie: true,
    summary: 'Make the first person and home with the one-time link; signs in',
    body: v.strictObject({
      token: linkTokenSchema,
      ...newPerson,
      home_name: line(100),
      time_zone: v.optional(timeZoneSchema),
    }),
    reply: sessionSchema,
  }),
  logIn: endpoint('/api/login', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    usesCookie: true,
    summary: 'Sign in; 401 totp_required asks for the second factor',
    body: v.strictObject({
      login: v.pipe(v.string(), v.maxLength(128), v.trim(), v.toLowerCase()),
      password: typedPassword,
      totp: v.optional(totpCode),
    }),
    reply: sessionSchema,
  }),
  refreshSession: endpoint('/api/session/refresh', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    usesCookie: true,
    summary: 'A new access token for the refresh cookie, which is replaced',
    reply: sessionSchema,
  }),
  logOut: endpoint('/api/logout', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 204,
    usesCookie: true,
    summary: 'End this login',
    reply: 'none',
  }),
}

const self = {
  getMe: endpoint('/api/me', {
    method: 'GET',
    access: { type: 'signed_in' },
    scope: 'homes:read',
    status: 200,
    summary: 'Who I am and what I may do',
    reply: meSchema,
  }),
  updateMe: endpoint('/api/me', {
    method: 'PATCH',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'Change my name or language',
    body: v.strictObject({ name: v.optional(line(100)), language: v.optional(languageSchema) }),
    reply: meSchema,
  }),
  deleteMe: endpoint('/api/me/delete', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 204,
    summary: 'Delete my account; refused to the last admin of a home',
    body: v.strictObject({ password: typedPassword }),
    reply: 'none',
  }),
  deleteMyTurns: endpoint('/api/me/turns', {
    method: 'DELETE',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'Really delete all that I said to browsers, in every home, also one that I have left',
    reply: v.object({ deleted: v.number() }),
  }),
  changePassword: endpoint('/api/me/password', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 204,
    summary: 'Change my password; every other login of mine ends',
    body: v.strictObject({ current_password: typedPassword, new_password: passwordSchema }),
    reply: 'none',
  }),
  listLogins: endpoint('/api/me/logins', {
    method: 'GET',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'Where I am signed in',
    reply: v.object({ items: v.array(loginView) }),
  }),
  endLogin: endpoint('/api/me/logins/{login_id}', {
    method: 'DELETE',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 204,
    summary: 'End one login of mine',
    reply: 'none',
  }),
  logOutEverywhere: endpoint('/api/me/logout-everywhere', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 204,
    summary: 'End every login of mine, at once',
    reply: 'none',
  }),
  startTotp: endpoint('/api/me/totp', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'Begin a second factor: the secret as text and as an otpauth URL for a QR code',
    body: v.strictObject({ password: typedPassword }),
    reply: v.object({ secret: v.string(), otpauth_url: v.string() }),
  }),
  confirmTotp: endpoint('/api/me/totp/confirm', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'Switch the second factor on with a first code; the recovery codes are shown once',
    body: v.strictObject({ code: totpCode }),
    reply: v.object({ recovery_codes: v.array(v.string()) }),
  }),
  removeTotp: endpoint('/api/me/totp/remove', {
    method: 'POST',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 204,
    summary: 'Switch the second factor off',
    body: v.strictObject({ password: typedPassword }),
    reply: 'none',
  }),
}

const apiTokens = {
  listApiTokens: endpoint('/api/tokens', {
    method: 'GET',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'My API tokens',
    reply: v.object({ items: v.array(apiTokenView) }),
  }),
  createApiToken: endpoint('/api/tokens', {
    method: 'POST',
    onceByKey: true,
    access: { type: 'signed_in' },
    scope: 'none',
    status: 201,
    summary: 'Make an API token; its secret is shown once',
    body: v.strictObject({
      name: line(100),
      scopes: v.pipe(v.array(v.picklist(scopes)), v.minLength(1), v.maxLength(scopes.length)),
      valid_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_650))),
    }),
    reply: v.object({ ...apiTokenView.entries, token: v.string() }),
  }),
  revokeApiToken: endpoint('/api/tokens/{token_id}', {
    method: 'DELETE',
    access: { type: 'signed_in' },
    scope: 'none',
    status: 204,
    summary: 'End an API token of mine',
    reply: 'none',
  }),
}

const invitations = {
  checkInvitation: endpoint('/api/invitations/check', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 200,
    summary: 'What an invitation is for',
    body: v.strictObject({ token: linkTokenSchema }),
    reply: invitationView,
  }),
  acceptInvitation: endpoint('/api/invitations/accept', {
    method: 'POST',
    access: { type: 'public' },
    scope: 'none',
    status: 201,
    usesCookie: true,
    summary: 'Make an account by an invitation; signs in',
    body: v.strictObject({ token: linkTokenSchema, ...newPerson }),
    reply: sessionSchema,
  }),
  joinByInvitation: endpoint('/api/invitations/join', {
    method: 'POST',
    onceByKey: true,
    access: { type: 'signed_in' },
    scope: 'none',
    status: 200,
    summary: 'Join a home with the account I have',
    body: v.strictObject({ token: linkTokenSchema }),
    reply: meSchema,
  }),
}

/** Accounts, logins, second factor, API tokens, invitations. */
export const peopleEndpoints = { ...account, ...self, ...apiTokens, ...invitations }
