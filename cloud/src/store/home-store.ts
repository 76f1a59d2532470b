import { type Role, roles } from '@mynah/shared/api/endpoint.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { instantColumn, readRow } from './row.ts'
import { newRecordId } from './secret-token.ts'

const roleColumn = v.picklist(roles)
const homeRow = v.object({
  home_id: v.string(),
  name: v.string(),
  time_zone: v.nullable(v.string()),
  created_at: instantColumn,
  device_count: v.number(),
  member_count: v.number(),
})
export type Home = v.InferOutput<typeof homeRow>

const memberRow = v.object({
  person_id: v.string(),
  login: v.string(),
  name: v.string(),
  role: roleColumn,
  has_totp: v.number(),
  joined_at: instantColumn,
})
export type Member = v.InferOutput<typeof memberRow>

const membershipRow = v.object({ home_id: v.string(), name: v.string(), role: roleColumn })
export type Membership = v.InferOutput<typeof membershipRow>

export type HomeStore = {
  readonly find: (homeId: string) => Home | undefined
  readonly add: (home: { readonly name: string; readonly timeZone?: string }) => Home
  readonly update: (homeId: string, change: { readonly name?: string; readonly timeZone?: string }) => void
  /** Its conversations are left to turn-archive.ts. False when speakers are still enrolled in it. */
  readonly remove: (homeId: string) => boolean
  readonly membershipsOf: (personId: string) => readonly Membership[]
  readonly members: (homeId: string) => readonly Member[]
  readonly setRole: (homeId: string, personId: string, role: Role) => void
  readonly removeMember: (homeId: string, personId: string) => void
  readonly adminCount: (homeId: string) => number
}

const prepare = (db: Database.Database) => {
  const counted = `SELECT home_id, name, time_zone, created_at,
      (SELECT count(*) FROM devices WHERE home_id = h.home_id AND revoked_at IS NULL) AS device_count,
      (SELECT count(*) FROM members WHERE home_id = h.home_id) AS member_count
    FROM homes AS h WHERE home_id = ?`
  return {
    find: db.prepare<[string]>(counted),
    insert: db.prepare('INSERT INTO homes (home_id, name, time_zone, created_at) VALUES (?, ?, ?, ?)'),
    update: db.prepare(
      'UPDATE homes SET name = coalesce(@name, name), time_zone = coalesce(@time_zone, time_zone) WHERE home_id = @home_id',
    ),
    removeTokens: db.prepare('DELETE FROM enrolment_tokens WHERE home_id = ?'),
    // What a speaker told of itself is not a part of it for the database.
    removeEvents: db.prepare(
      'DELETE FROM events WHERE device_id IN (SELECT device_id FROM devices WHERE home_id = ? AND revoked_at IS NOT NULL)',
    ),
    removeRevoked: db.prepare('DELETE FROM devices WHERE home_id = ? AND revoked_at IS NOT NULL'),
    removeHome: db.prepare('DELETE FROM homes WHERE home_id = ?'),
    unsetHome: db.prepare('UPDATE people SET home_id = NULL WHERE home_id = ?'),
    memberships: db.prepare<[string]>(
      'SELECT home_id, h.name, m.role FROM members AS m JOIN homes AS h USING (home_id) WHERE m.person_id = ? ORDER BY h.created_at, home_id',
    ),
    members: db.prepare<[string]>(`
      SELECT person_id, login, iif(p.name = '', login, p.name) AS name, m.role, totp_confirmed_at IS NOT NULL AS has_totp, joined_at
      FROM members AS m JOIN people AS p USING (person_id) WHERE m.home_id = ? ORDER BY joined_at, person_id`),
    setRole: db.prepare(`
      INSERT INTO members (home_id, person_id, role, joined_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (home_id, person_id) DO UPDATE SET role = excluded.role`),
    removeMember: db.prepare('DELETE FROM members WHERE home_id = ? AND person_id = ?'),
    admins: db.prepare<[string], { count: number }>(
      "SELECT count(*) AS count FROM members WHERE home_id = ? AND role = 'admin'",
    ),
  }
}

/** Homes and who belongs to them. */
export const createHomeStore = ({ db, clock }: { db: Database.Database; clock: Clock }): HomeStore => {
  const statements = prepare(db)
  const now = () => clock.wallTime().toISOString()
  const find = (homeId: string): Home | undefined => {
    const row = statements.find.get(homeId)
    return row === undefined ? undefined : readRow(homeRow, row, 'homes')
  }
  const remove = db.transaction((homeId: string): boolean => {
    if ((find(homeId)?.device_count ?? 0) > 0) return false
    for (const statement of [
      statements.removeTokens,
      statements.removeEvents,
      statements.removeRevoked,
      statements.unsetHome,
      statements.removeHome,
    ]) {
      statement.run(homeId)
    }
    return true
  })
  return {
    find,
    add: ({ name, timeZone }) => {
      const home = { home_id: newRecordId(), name, time_zone: timeZone ?? null, created_at: now() }
      statements.insert.run(home.home_id, home.name, home.time_zone, home.created_at)
      return { ...home, device_count: 0, member_count: 0 }
    },
    update: (homeId, { name, timeZone }) =>
      void statements.update.run({ home_id: homeId, name: name ?? null, time_zone: timeZone ?? null }),
    remove: (homeId) => remove.immediate(homeId),
    membershipsOf: (personId) =>
      statements.memberships.all(personId).map((row) => readRow(membershipRow, row, 'members')),
    members: (homeId) => statements.members.all(homeId).map((row) => readRow(memberRow, row, 'members')),
    setRole: (homeId, personId, role) => void statements.setRole.run(homeId, personId, role, now()),
    removeMember: (homeId, personId) => void statements.removeMember.run(homeId, personId),
    adminCount: (homeId) => statements.admins.get(homeId)?.count ?? 0,
  }
}
