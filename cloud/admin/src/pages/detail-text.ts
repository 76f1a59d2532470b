import type { Dictionary } from '../i18n/en/en.ts'
import { decimal, degrees, longDuration, percent, sizeOf } from '../i18n/format.ts'

type Detail = Readonly<Record<string, unknown>>

/** How a measured value is written, by its field. */
const formats: Readonly<Record<string, (value: number) => string>> = {
  uptime_ms: longDuration,
  follow_up_ms: longDuration,
  temperature_c: degrees,
  battery: percent,
  wifi_rssi_dbm: (dbm) => `${decimal(dbm)} dBm`,
  // Of one core.
  cpu: (share) => percent(share * 100),
  memory: sizeOf,
  free_bytes: sizeOf,
  percent,
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : String(value).split(' '))

/** A field of a record that has no shape of its own, in words. */
export const fieldName = (t: Dictionary, name: string): string => t.codes.fields[name] ?? name

/** Its value in words: codes by their texts, numbers with their units. */
export const fieldValue = (t: Dictionary, name: string, value: unknown): string => {
  // Which one it was is an id, too.
  if (name === 'cancel') return ''
  if (name === 'fields')
    return listed(value)
      .map((field) => fieldName(t, String(field)))
      .join(t.codes.comma)
  if (name === 'scopes') {
    const names: Readonly<Record<string, string>> = t.account.scopeNames
    return listed(value)
      .map((scope) => names[String(scope)] ?? String(scope))
      .join(t.codes.comma)
  }
  if (Array.isArray(value)) return value.map((one) => fieldValue(t, name, one)).join(t.codes.comma)
  if (typeof value === 'boolean') return value ? t.states.yes : t.states.no
  if (typeof value === 'number') return (formats[name] ?? decimal)(value)
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value)
  return t.codes.values[name]?.[text] ?? text
}

/** Ids that say nothing to a person. */
const ids: ReadonlySet<string> = new Set(['item', 'item_id'])

/** All of it: `version: 7 · changed: name, volume`. */
export const detailText = (t: Dictionary, detail: Detail): string =>
  Object.entries(detail)
    .filter(([name]) => !ids.has(name))
    .map(([name, value]) => t.codes.field(fieldName(t, name), fieldValue(t, name, value)))
    .join(t.codes.dot)

/** Why something was refused or failed; a code of a newer speaker or cloud falls back to its own sentence. */
export const faultText = (
  t: Dictionary,
  fault: { readonly code: string; readonly message?: string | undefined },
): string => t.codes.faults[fault.code] ?? fault.message ?? fault.code

/** Which setting a speaker refused, and why; empty when it said nothing. */
export const refusalText = (
  t: Dictionary,
  error: { readonly field: string; readonly code: string; readonly message: string } | null,
): string => (error ? t.codes.fault(fieldName(t, error.field), faultText(t, error)) : '')
