import type { AlertRecord } from '@mynah/shared/api/alerts.ts'
import type { At } from './fake-people.ts'

/** One of each kind, over some days, newest first. */
export const alertHistoryOf = (at: At): AlertRecord[] => {
  const kept = (minutes: number, alert: Partial<AlertRecord> & Pick<AlertRecord, 'kind'>, lastedMinutes?: number) => ({
    alert_id: 100_000 + minutes,
    home_id: 'h-home',
    device_id: 'kitchen',
    severity: 'warning' as const,
    detail: {},
    at: at(minutes),
    ended_at: lastedMinutes === undefined ? null : at(minutes + lastedMinutes),
    ...alert,
  })
  return [
    kept(-42, {
      kind: 'low_disk',
      home_id: null,
      device_id: null,
      severity: 'critical',
      detail: { free_bytes: 412_000_000 },
    }),
    kept(-190, { kind: 'offline', device_id: 'garage' }),
    kept(-200, { kind: 'hot', device_id: 'attic', severity: 'critical', detail: { temperature_c: 84 } }),
    kept(-260, { kind: 'provider_failed', detail: { stage: 'llm', code: 'timeout' } }, 17),
    kept(-300, { kind: 'speaker_error', detail: { code: 'schedule_missed', message: 'alarm of 07:00' } }, 0),
    kept(-1_500, { kind: 'update', device_id: 'study', detail: { code: 'rolled_back', message: '0.4.2' } }, 0),
    kept(-1_560, { kind: 'announcement_failed', device_id: 'living', detail: { play_id: 'x', code: 'failed' } }, 0),
    kept(-2_900, { kind: 'low_battery', device_id: 'bedroom', detail: { battery: 12 } }, 130),
    kept(
      -3_000,
      { kind: 'config_refused', device_id: 'terrace', detail: { version: 6, code: 'unknown_word', field: 'wake' } },
      0,
    ),
  ]
}
