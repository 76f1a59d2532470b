import * as v from 'valibot'
import { endpoint } from './endpoint.ts'
import { homeIdSchema, instantSchema, wholeNumber } from './fields.ts'
import { auditSchema } from './homes.ts'
import { pageOf, pageQuery } from './page.ts'

const providerHealthSchema = v.object({
  home_id: v.string(),
  stage: v.picklist(['stt', 'llm', 'tts']),
  /** False when it does not answer, or failed in the last turn that used it. */
  ready: v.boolean(),
  /** Whether a speech server answers when it is asked; null for a language model, which is not asked. */
  answers: v.nullable(v.boolean()),
  /** The last turn that used it since it was chosen, within a day; null when there was none. */
  last_turn: v.nullable(v.object({ ok: v.boolean(), code: v.nullable(v.string()), at: instantSchema })),
})
export type ProviderHealthView = v.InferOutput<typeof providerHealthSchema>

const healthSchema = v.object({
  status: v.picklist(['ready', 'not_ready']),
  parts: v.array(
    v.object({
      name: v.string(),
      ready: v.boolean(),
      /** A phrase in English; `facts` are its values by their names. */
      detail: v.string(),
      facts: v.record(v.string(), v.union([v.string(), v.number()])),
    }),
  ),
  /** Engines that the caller's homes have chosen for themselves. They are not parts of the cloud: `status` is without them. */
  providers: v.array(providerHealthSchema),
})
export type HealthView = v.InferOutput<typeof healthSchema>

const aboutSchema = v.object({
  version: v.string(),
  node_version: v.string(),
  schema_version: v.number(),
  started_at: instantSchema,
  licence: v.string(),
})
export type AboutView = v.InferOutput<typeof aboutSchema>

const backupSchema = v.object({
  name: v.string(),
  made_at: instantSchema,
  size_bytes: v.number(),
  /** Taken over at the next start. */
  restore_pending: v.boolean(),
})
export type BackupView = v.InferOutput<typeof backupSchema>

const percentiles = v.object({ count: v.number(), p50: v.number(), p95: v.number() })
const turnMetricsSchema = v.object({
  from: instantSchema,
  to: instantSchema,
  bucket_s: v.number(),
  turn_count: v.number(),
  failed_count: v.number(),
  /** By hop of docs/latency.md, milliseconds. */
  hops: v.record(v.string(), percentiles),
  /** One per time slot, oldest first; slots without a turn have null percentiles. `latency` is end of speech to first audio. */
  series: v.array(
    v.object({
      at: instantSchema,
      turns: v.number(),
      failed: v.number(),
      latency_p50_ms: v.nullable(v.number()),
      latency_p95_ms: v.nullable(v.number()),
    }),
  ),
  failures: v.array(v.object({ stage: v.string(), code: v.string(), count: v.number() })),
})
export type TurnMetrics = v.InferOutput<typeof turnMetricsSchema>

const system = { type: 'system' } as const

/** The cloud itself. */
export const systemEndpoints = {
  getHealth: endpoint('/api/system/health', {
    method: 'GET',
    access: { type: 'signed_in' },
    scope: 'system:read',
    status: 200,
    summary: 'Whether each part of the cloud, and each engine of my homes, can do its work',
    reply: healthSchema,
  }),
  getAbout: endpoint('/api/system/about', {
    method: 'GET',
    access: { type: 'signed_in' },
    scope: 'system:read',
    status: 200,
    summary: 'Versions',
    reply: aboutSchema,
  }),
  getTurnMetrics: endpoint('/api/metrics/turns', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'viewer' },
    scope: 'turns:read',
    status: 200,
    summary: 'Latency p50 and p95, turns per hour, errors; of my homes',
    query: v.strictObject({ home_id: v.optional(homeIdSchema), hours: v.optional(wholeNumber(1, 720)) }),
    reply: turnMetricsSchema,
  }),
  listBackups: endpoint('/api/system/backups', {
    method: 'GET',
    access: system,
    scope: 'system:read',
    status: 200,
    summary: 'Copies of the database',
    reply: v.object({ items: v.array(backupSchema), note: v.string() }),
  }),
  createBackup: endpoint('/api/system/backups', {
    method: 'POST',
    onceByKey: true,
    access: system,
    scope: 'system:write',
    status: 201,
    summary: 'Copy the database, while all goes on',
    reply: backupSchema,
  }),
  downloadBackup: endpoint('/api/system/backups/{backup_name}', {
    method: 'GET',
    access: system,
    scope: 'none',
    status: 200,
    summary: 'The copy as a file; it opens only with the master key',
    reply: 'file',
  }),
  deleteBackup: endpoint('/api/system/backups/{backup_name}', {
    method: 'DELETE',
    access: system,
    scope: 'system:write',
    status: 204,
    summary: 'Delete a copy',
    reply: 'none',
  }),
  restoreBackup: endpoint('/api/system/backups/{backup_name}/restore', {
    method: 'POST',
    access: system,
    scope: 'none',
    status: 202,
    summary: 'Take a copy over at the next start; the database of today is copied first',
    reply: backupSchema,
  }),
  cancelRestore: endpoint('/api/system/backups/{backup_name}/restore', {
    method: 'DELETE',
    access: system,
    scope: 'none',
    status: 204,
    summary: 'Do not take it over after all',
    reply: 'none',
  }),
  listSystemAudit: endpoint('/api/system/audit', {
    method: 'GET',
    access: system,
    scope: 'system:read',
    status: 200,
    summary: 'What was done outside of any home: logins, accounts, backups',
    query: v.strictObject(pageQuery),
    reply: pageOf(auditSchema),
  }),
}
