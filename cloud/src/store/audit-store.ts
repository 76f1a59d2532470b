import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Instant, instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { instantColumn, jsonColumn, readRow } from './row.ts'

const auditRow = v.object({
  at: instantColumn,
  actor: v.string(),
  action: v.string(),
  target: v.string(),
  detail: jsonColumn(v.record(v.string(), v.unknown())),
})

/** Who did what to what; never holds a secret. */
export type AuditEntry = {
  readonly actor: string
  readonly action: 'token_made' | 'device_enrolled' | 'device_revoked' | 'config_changed' | 'command_sent'
  readonly target: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

export type AuditStore = {
  readonly add: (entry: AuditEntry) => void
  /** Newest first. */
  readonly list: (limit: number) => readonly (Omit<AuditEntry, 'action' | 'detail'> & {
    readonly at: Instant
    readonly action: string
    readonly detail: Readonly<Record<string, unknown>>
  })[]
}

export const createAuditStore = ({ db, clock }: { db: Database.Database; clock: Clock }): AuditStore => {
  const insert = db.prepare('INSERT INTO audit (at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)')
  const rows = db.prepare<[number]>(
    'SELECT at, actor, action, target, detail FROM audit ORDER BY audit_id DESC LIMIT ?',
  )
  return {
    add: ({ actor, action, target, detail }) =>
      void insert.run(clock.wallTime().toISOString(), actor, action, target, JSON.stringify(detail ?? {})),
    list: (limit) =>
      rows.all(limit).map((raw) => {
        const row = readRow(auditRow, raw, 'audit')
        return { ...row, at: instant(row.at) }
      }),
  }
}
