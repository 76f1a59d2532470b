import { type Role, roles } from '@mynah/shared/api/endpoint.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { instantColumn, readRow } from './row.ts'
import { newRecordId, newSecretToken, secretTokenHash } from './secret-token.ts'

const invitationRow = v.object({
  invitation_id: v.string(),
  home_id: v.string(),
  role: v.picklist(roles),
  note: v.nullable(v.string()),
  created_at: instantColumn,
  expires_at: instantColumn,
  used_at: v.nullable(instantColumn),
})
export type Invitation = v.InferOutput<typeof invitationRow>

export type InvitationStore = {
  readonly add: (invitation: {
    readonly homeId: string
    readonly role: Role
    readonly note?: string
    readonly validMs: number
  }) => { readonly token: string; readonly invitation: Invitation }
  /** Those that can still be used. */
  readonly listOpen: (homeId: string) => readonly Invitation[]
  readonly findByToken: (
    token: string,
  ) => { readonly state: 'open' | 'used' | 'expired'; readonly invitation: Invitation } | undefined
  /** True once. */
  readonly use: (invitationId: string) => boolean
  readonly remove: (homeId: string, invitationId: string) => boolean
}

export const createInvitationStore = ({ db, clock }: { db: Database.Database; clock: Clock }): InvitationStore => {
  const columns = Object.keys(invitationRow.entries).join(', ')
  const insert = db.prepare(`
    INSERT INTO invitations (invitation_id, token_hash, home_id, role, note, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`)
  const find = db.prepare<[Uint8Array]>(`SELECT ${columns} FROM invitations WHERE token_hash = ?`)
  const open = db.prepare<[string, string]>(
    `SELECT ${columns} FROM invitations WHERE home_id = ? AND used_at IS NULL AND expires_at > ? ORDER BY created_at`,
  )
  const use = db.prepare('UPDATE invitations SET used_at = ? WHERE invitation_id = ? AND used_at IS NULL')
  const remove = db.prepare('DELETE FROM invitations WHERE home_id = ? AND invitation_id = ? AND used_at IS NULL')
  const now = () => clock.wallTime().toISOString()
  return {
    add: ({ homeId, role, note, validMs }) => {
      const token = newSecretToken()
      const invitation: Invitation = {
        invitation_id: newRecordId(),
        home_id: homeId,
        role,
        note: note ?? null,
        created_at: now(),
        expires_at: instant(clock.wallTime().getTime() + validMs).toISOString(),
        used_at: null,
      }
      const { invitation_id, created_at, expires_at } = invitation
      insert.run(invitation_id, secretTokenHash(token), homeId, role, invitation.note, created_at, expires_at)
      return { token, invitation }
    },
    listOpen: (homeId) => open.all(homeId, now()).map((row) => readRow(invitationRow, row, 'invitations')),
    findByToken: (token) => {
      const row = find.get(secretTokenHash(token))
      if (row === undefined) return undefined
      const invitation = readRow(invitationRow, row, 'invitations')
      const state = invitation.used_at !== null ? 'used' : invitation.expires_at <= now() ? 'expired' : 'open'
      return { state, invitation }
    },
    use: (invitationId) => use.run(now(), invitationId).changes === 1,
    remove: (homeId, invitationId) => remove.run(homeId, invitationId).changes === 1,
  }
}
