import * as v from 'valibot'
import { endpoint, roles } from './endpoint.ts'
import { instantSchema, line, timeZoneSchema } from './fields.ts'
import { pageOf, pageQuery } from './page.ts'

const roleSchema = v.picklist(roles)

export const homeSchema = v.object({
  home_id: v.string(),
  name: v.string(),
  time_zone: v.nullable(v.string()),
  created_at: instantSchema,
  /** Mine. */
  role: roleSchema,
  device_count: v.number(),
  member_count: v.number(),
})
export type HomeView = v.InferOutput<typeof homeSchema>

export const memberSchema = v.object({
  person_id: v.string(),
  login: v.string(),
  name: v.string(),
  role: roleSchema,
  has_totp: v.boolean(),
  joined_at: instantSchema,
})
export type MemberView = v.InferOutput<typeof memberSchema>

export const invitationSchema = v.object({
  invitation_id: v.string(),
  role: roleSchema,
  note: v.nullable(v.string()),
  created_at: instantSchema,
  expires_at: instantSchema,
})
export type InvitationView = v.InferOutput<typeof invitationSchema>

/** Who did what to what. `actor` is a login, a token or the command line; secrets never stand here. */
export const auditSchema = v.object({
  audit_id: v.number(),
  at: instantSchema,
  actor: v.string(),
  action: v.string(),
  target: v.string(),
  home_id: v.nullable(v.string()),
  detail: v.record(v.string(), v.unknown()),
})
export type AuditView = v.InferOutput<typeof auditSchema>

const admin = { type: 'of_home', atLeast: 'admin', by: 'home_id' } as const
const viewer = { type: 'of_home', atLeast: 'viewer', by: 'home_id' } as const

/** Homes, who belongs to them, and what was done there. */
export const homeEndpoints = {
  listHomes: endpoint('/api/homes', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'viewer' },
    scope: 'homes:read',
    status: 200,
    summary: 'My homes',
    reply: v.object({ items: v.array(homeSchema) }),
  }),
  createHome: endpoint('/api/homes', {
    method: 'POST',
    onceByKey: true,
    access: { type: 'system' },
    scope: 'homes:write',
    status: 201,
    summary: 'Make a home; I become its admin',
    body: v.strictObject({ name: line(100), time_zone: v.optional(timeZoneSchema) }),
    reply: homeSchema,
  }),
  getHome: endpoint('/api/homes/{home_id}', {
    method: 'GET',
    access: viewer,
    scope: 'homes:read',
    status: 200,
    summary: 'One home',
    reply: homeSchema,
  }),
  updateHome: endpoint('/api/homes/{home_id}', {
    method: 'PATCH',
    access: admin,
    scope: 'homes:write',
    status: 200,
    summary: 'Rename a home, set its time zone',
    body: v.strictObject({ name: v.optional(line(100)), time_zone: v.optional(timeZoneSchema) }),
    reply: homeSchema,
  }),
  deleteHome: endpoint('/api/homes/{home_id}', {
    method: 'DELETE',
    access: admin,
    scope: 'homes:write',
    status: 204,
    summary: 'Delete a home that has no speakers, with its conversations',
    reply: 'none',
  }),
  listMembers: endpoint('/api/homes/{home_id}/members', {
    method: 'GET',
    access: viewer,
    scope: 'homes:read',
    status: 200,
    summary: 'Who belongs to a home',
    reply: v.object({ items: v.array(memberSchema) }),
  }),
  updateMember: endpoint('/api/homes/{home_id}/members/{person_id}', {
    method: 'PATCH',
    access: admin,
    scope: 'homes:write',
    status: 200,
    summary: 'Give a member another role; a home keeps one admin',
    body: v.strictObject({ role: roleSchema }),
    reply: memberSchema,
  }),
  removeMember: endpoint('/api/homes/{home_id}/members/{person_id}', {
    method: 'DELETE',
    access: admin,
    scope: 'homes:write',
    status: 204,
    summary: 'Take a member out of a home',
    reply: 'none',
  }),
  leaveHome: endpoint('/api/homes/{home_id}/leave', {
    method: 'POST',
    access: viewer,
    scope: 'none',
    status: 204,
    summary: 'Leave a home',
    reply: 'none',
  }),
  listInvitations: endpoint('/api/homes/{home_id}/invitations', {
    method: 'GET',
    access: admin,
    scope: 'homes:read',
    status: 200,
    summary: 'Invitations that wait',
    reply: v.object({ items: v.array(invitationSchema) }),
  }),
  createInvitation: endpoint('/api/homes/{home_id}/invitations', {
    method: 'POST',
    onceByKey: true,
    access: admin,
    scope: 'homes:write',
    status: 201,
    summary: 'Invite somebody: the link holds a one-time token, shown once',
    body: v.strictObject({
      role: roleSchema,
      note: v.optional(line(100)),
      valid_hours: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(720))),
    }),
    /** `path` is the panel's page, `/invite/{token}`. */
    reply: v.object({ ...invitationSchema.entries, token: v.string(), path: v.string() }),
  }),
  revokeInvitation: endpoint('/api/homes/{home_id}/invitations/{invitation_id}', {
    method: 'DELETE',
    access: admin,
    scope: 'homes:write',
    status: 204,
    summary: 'Take an invitation back',
    reply: 'none',
  }),
  listAudit: endpoint('/api/homes/{home_id}/audit', {
    method: 'GET',
    access: admin,
    scope: 'homes:read',
    status: 200,
    summary: 'Who did what in a home, newest first',
    query: v.strictObject({ ...pageQuery, action: v.optional(line(64)), actor: v.optional(line(100)) }),
    reply: pageOf(auditSchema),
  }),
}
