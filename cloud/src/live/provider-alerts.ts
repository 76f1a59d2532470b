import type { ProviderAlert } from '@mynah/shared/api/alerts.ts'
import type { ClosedTurn } from '../bridge/session/ports.ts'
import { type ProviderStage, providerStages, type StageOutcome, stageOutcomeOf } from '../homes/stage-outcome.ts'
import type { AlertKeeper } from './alert-keeper.ts'

export type ProviderAlerts = {
  /** A turn of this home is over: raises and clears what it tells, once for each change. */
  readonly onTurn: (turn: ClosedTurn, homeId: string) => void
  /** The same of a text that was spoken outside of a turn: an announcement. */
  readonly onSpoken: (speech: { readonly deviceId: string; readonly homeId?: string }, outcome: StageOutcome) => void
  /** The home has chosen otherwise: what was said of the engine before is no longer true. */
  readonly onChosen: (homeId: string, stages: readonly ProviderStage[]) => void
  /** What is raised in these homes, oldest first. */
  readonly raisedIn: (homeIds: readonly string[]) => readonly ProviderAlert[]
}

const placeOf = (homeId: string, stage: ProviderStage) => ({ homeId, kind: 'provider_failed', subject: stage }) as const

type Used = { readonly homeId: string; readonly deviceId: string; readonly stage: ProviderStage }

/** Which engines of which homes fail, as turns and announcements tell. Of a failure only its stable code is passed on. */
export const createProviderAlerts = ({ keeper }: { readonly keeper: AlertKeeper }): ProviderAlerts => {
  const learn = ({ homeId, deviceId, stage }: Used, outcome: StageOutcome) => {
    const place = placeOf(homeId, stage)
    if (outcome.ok) keeper.end(place)
    else keeper.begin({ ...place, deviceId, severity: 'warning', detail: { stage, code: outcome.code } })
  }
  return {
    onTurn: ({ deviceId, error, timings }, homeId) => {
      for (const stage of providerStages) {
        const outcome = stageOutcomeOf({ failure: error, timings }, stage)
        if (outcome) learn({ homeId, deviceId, stage }, outcome)
      }
    },
    onSpoken: ({ homeId, deviceId }, outcome) => {
      if (homeId !== undefined) learn({ homeId, deviceId, stage: 'tts' }, outcome)
    },
    onChosen: (homeId, stages) => {
      for (const stage of stages) keeper.end(placeOf(homeId, stage))
    },
    raisedIn: (homeIds) =>
      keeper.lastingIn(homeIds).flatMap(({ homeId, deviceId, kind, subject, detail, at }) => {
        const stage = providerStages.find((one) => one === subject)
        if (kind !== 'provider_failed' || stage === undefined) return []
        return [{ kind, home_id: homeId ?? '', device_id: deviceId ?? '', at, stage, code: String(detail.code) }]
      }),
  }
}
