import type { ProviderAlert } from '@mynah/shared/api/live.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ClosedTurn } from '../bridge/session/ports.ts'
import { type ProviderStage, providerStages, stageOutcomeOf } from '../homes/stage-outcome.ts'
import type { LiveHub } from './hub.ts'

export type ProviderAlerts = {
  /** A turn of this home is over: raises and clears what it tells, once for each change. */
  readonly onTurn: (turn: ClosedTurn, homeId: string) => void
  /** The home has chosen otherwise: what was said of the engine before is no longer true. */
  readonly onChosen: (homeId: string, stages: readonly ProviderStage[]) => void
  /** What is raised in these homes, oldest first. */
  readonly raisedIn: (homeIds: readonly string[]) => readonly ProviderAlert[]
}

export type ProviderAlertsDeps = { readonly clock: Clock; readonly hub: Pick<LiveHub, 'publish'> }

/** Which engines of which homes fail, as their turns tell. Of a failure only its stable code is passed on. */
export const createProviderAlerts = ({ clock, hub }: ProviderAlertsDeps): ProviderAlerts => {
  /** At most one for each stage of a home. */
  const raised = new Map<string, ProviderAlert>()
  const keyOf = (homeId: string, stage: ProviderStage) => `${homeId} ${stage}`
  const tell = (state: 'raised' | 'cleared', { home_id, device_id, stage, code }: ProviderAlert) => {
    const severity = state === 'raised' ? 'warning' : 'info'
    const fields = { state, kind: 'provider_failed', severity, detail: { stage, code } }
    hub.publish({ type: 'alert', home_id, device_id, fields })
  }
  const raise = (alert: ProviderAlert) => {
    const key = keyOf(alert.home_id, alert.stage)
    if (raised.has(key)) return
    raised.set(key, alert)
    tell('raised', alert)
  }
  const clear = (homeId: string, stage: ProviderStage) => {
    const key = keyOf(homeId, stage)
    const alert = raised.get(key)
    if (!alert) return
    raised.delete(key)
    tell('cleared', alert)
  }
  return {
    onTurn: ({ deviceId, error, timings }, homeId) => {
      for (const stage of providerStages) {
        const outcome = stageOutcomeOf({ failure: error, timings }, stage)
        if (!outcome) continue
        if (outcome.ok) clear(homeId, stage)
        else {
          const at = clock.wallTime().toISOString()
          raise({ kind: 'provider_failed', home_id: homeId, device_id: deviceId, at, stage, code: outcome.code })
        }
      }
    },
    onChosen: (homeId, stages) => {
      for (const stage of stages) clear(homeId, stage)
    },
    raisedIn: (homeIds) => {
      const mine = new Set(homeIds)
      return [...raised.values()].filter(({ home_id }) => mine.has(home_id))
    },
  }
}
