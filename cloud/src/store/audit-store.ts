import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Instant, instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { inSlices } from './in-slices.ts'
import { instantColumn, jsonColumn, readRow } from './row.ts'

const auditRow = v.object({
  at: instantColumn,
  actor: v.string(),
  action: v.string(),
  target: v.string(),
  detail: jsonColumn(v.record(v.string(), v.unknown())),
})

export const auditActions = [
  'token_made',
  'token_revoked',
  'device_enrolled',
  'fleet_enrolled',
  'device_revoked',
  'device_claimed',
  'device_transferred',
  'config_changed',
  'command_sent',
  'schedule_changed',
  'announced',
  'set_up',
  'login',
  'login_failed',
  'login_ended',
  'refresh_reused',
  'password_changed',
  'totp_changed',
  'person_added',
  'person_changed',
  'person_removed',
  'api_token_made',
  'api_token_revoked',
  'home_made',
  'home_changed',
  'home_removed',
  'member_changed',
  'member_removed',
  'invitation_made',
  'invitation_revoked',
  'invitation_used',
  'turns_deleted',
  'turns_exported',
  'turn_judged',
  'sounds_exported',
  'sound_deleted',
  'retention_changed',
  'ai_changed',
  'backup_made',
  'backup_downloaded',
  'backup_removed',
  'restore_planned',
  'restore_cancelled',
  'firmware_uploaded',
  'firmware_changed',
  'firmware_removed',
  'firmware_ring_changed',
  'firmware_key_added',
  'firmware_key_removed',
] as const
export type AuditAction = (typeof auditActions)[number]

/** Who did what to what; never holds a secret. */
export type AuditEntry = {
  readonly actor: string
  readonly action: AuditAction
  readonly target: string
  /** Where it was done; left out: the home of the speaker that `target` names, if it names one. */
  readonly homeId?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

const auditPageRow = v.object({ ...auditRow.entries, audit_id: v.number(), home_id: v.nullable(v.string()) })

export type AuditQuery = {
  /** Null: what was done outside of any home. */
  readonly homeId: string | null
  readonly before?: number
  readonly limit: number
  readonly action?: string
  readonly actor?: string
}

export type AuditStore = {
  readonly add: (entry: AuditEntry) => void
  /** Removes what is older than two years. */
  readonly sweep: (signal: AbortSignal) => Promise<void>
  /** Newest first. */
  readonly page: (query: AuditQuery) => readonly v.InferOutput<typeof auditPageRow>[]
  /** Newest first. */
  readonly list: (limit: number) => readonly (Omit<AuditEntry, 'action' | 'detail'> & {
    readonly at: Instant
    readonly action: string
    readonly detail: Readonly<Record<string, unknown>>
  })[]
}

const keptMs = 2 * 365 * 86_400_000

export const createAuditStore = ({ db, clock }: { db: Database.Database; clock: Clock }): AuditStore => {
  const insert = db.prepare(`
    INSERT INTO audit (at, actor, action, target, detail, home_id) VALUES (@at, @actor, @action, @target, @detail,
      coalesce(@home_id, (SELECT home_id FROM devices WHERE device_id = @target)))`)
  const page = db.prepare(`
    SELECT audit_id, at, actor, action, target, detail, home_id FROM audit
    WHERE home_id IS @home_id AND (@before IS NULL OR audit_id < @before) AND (@action IS NULL OR action = @action)
      AND (@actor IS NULL OR actor = @actor)
    ORDER BY audit_id DESC LIMIT @limit`)
  const rows = db.prepare<[number]>(
    'SELECT at, actor, action, target, detail FROM audit ORDER BY audit_id DESC LIMIT ?',
  )
  // In the order of their numbers, which is that of time but for a clock that was set back.
  const removeOld = db.prepare<[number, string]>(`
    DELETE FROM audit WHERE audit_id IN (SELECT audit_id FROM audit WHERE audit_id > 0 ORDER BY audit_id LIMIT ?) AND at < ?`)
  return {
    sweep: async (signal) => {
      const before = instant(clock.wallTime().getTime() - keptMs).toISOString()
      await inSlices(clock, (limit) => removeOld.run(limit, before).changes, signal)
    },
    add: ({ actor, action, target, detail, homeId }) =>
      void insert.run({
        at: clock.wallTime().toISOString(),
        actor,
        action,
        target,
        detail: JSON.stringify(detail ?? {}),
        home_id: homeId ?? null,
      }),
    page: ({ homeId, before, limit, action, actor }) =>
      page
        .all({ home_id: homeId, before: before ?? null, limit, action: action ?? null, actor: actor ?? null })
        .map((raw) => readRow(auditPageRow, raw, 'audit')),
    list: (limit) =>
      rows.all(limit).map((raw) => {
        const row = readRow(auditRow, raw, 'audit')
        return { ...row, at: instant(row.at) }
      }),
  }
}
