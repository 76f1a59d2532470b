import type { AlertRecord } from '@mynah/shared/api/alerts.ts'
import type { Dictionary } from '../i18n/en/en.ts'
import { degrees, percent, sizeOf } from '../i18n/format.ts'
import { faultText, refusalText } from './detail-text.ts'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const measured = (value: unknown, format: (value: number) => string): string =>
  typeof value === 'number' ? format(value) : ''

/** What is to be said beside its kind; empty when nothing is. Pure. */
export const troubleDetail = (t: Dictionary, { kind, detail }: Pick<AlertRecord, 'kind' | 'detail'>): string => {
  const fault = { code: textOf(detail.code), message: textOf(detail.message) || undefined }
  switch (kind) {
    case 'offline':
      return ''
    case 'hot':
      return measured(detail.temperature_c, degrees)
    case 'low_battery':
      return measured(detail.battery, percent)
    case 'low_disk':
      return measured(detail.free_bytes, (bytes) => t.troubles.free(sizeOf(bytes)))
    case 'provider_failed': {
      const stage = textOf(detail.stage)
      return t.codes.fault(t.codes.stages[stage] ?? stage, faultText(t, fault))
    }
    case 'config_refused':
      return refusalText(t, { field: textOf(detail.field), code: fault.code, message: fault.message ?? '' })
    case 'update':
    case 'speaker_error':
    case 'announcement_failed':
      return faultText(t, fault)
  }
}
