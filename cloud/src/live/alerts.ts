import type { AlertKind, AlertRecord } from '@mynah/shared/api/alerts.ts'
import type { DeviceView } from '@mynah/shared/api/devices.ts'

export type Alert = {
  readonly state: 'raised' | 'cleared'
  readonly kind: AlertKind
  readonly severity: AlertRecord['severity']
  readonly detail: Readonly<Record<string, unknown>>
}

/** Raised at the first bound and cleared at the second, so that a value at the edge does not chatter. */
const hotC = { raise: 80, clear: 75 }
const lowBattery = { raise: 15, clear: 20 }

/** What may last at a speaker. */
export const speakerStates = ['offline', 'hot', 'low_battery'] as const satisfies readonly AlertKind[]
/** The alerts of a speaker that are raised. */
export type Raised = ReadonlySet<AlertKind>

type Rule = {
  readonly kind: AlertKind
  readonly severity: Alert['severity']
  readonly isOn: (view: DeviceView, was: boolean) => boolean
  readonly detail: (view: DeviceView) => Alert['detail']
}

const rules: readonly Rule[] = [
  {
    kind: 'hot',
    severity: 'critical',
    isOn: ({ online, temperature_c: t }, was) => online && t !== null && t >= (was ? hotC.clear : hotC.raise),
    detail: ({ temperature_c }) => ({ temperature_c }),
  },
  {
    kind: 'low_battery',
    severity: 'warning',
    isOn: ({ online, battery: b }, was) => online && b !== null && b <= (was ? lowBattery.clear : lowBattery.raise),
    detail: ({ battery }) => ({ battery }),
  },
]

/** Pure: which alerts begin and end with this change of a speaker. */
export const alertsOf = (before: DeviceView | undefined, now: DeviceView, raised: Raised): readonly Alert[] => {
  const alerts: Alert[] = []
  if (before?.online && !now.online) alerts.push({ state: 'raised', kind: 'offline', severity: 'warning', detail: {} })
  if (now.online && raised.has('offline'))
    alerts.push({ state: 'cleared', kind: 'offline', severity: 'info', detail: {} })
  for (const { kind, severity, isOn, detail } of rules) {
    const was = raised.has(kind)
    const on = isOn(now, was)
    if (on === was) continue
    alerts.push({ state: on ? 'raised' : 'cleared', kind, severity: on ? severity : 'info', detail: detail(now) })
  }
  return alerts
}
