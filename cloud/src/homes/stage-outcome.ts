import type { ProviderHealthView } from '@mynah/shared/api/system.ts'

/** The stages that an engine of somebody else's may do. */
export type ProviderStage = ProviderHealthView['stage']
export const providerStages: readonly ProviderStage[] = ['stt', 'llm', 'tts']

/** A hop that is measured only when the stage did its work. */
const hopOf: Readonly<Record<ProviderStage, string>> = {
  stt: 'stt_final',
  llm: 'llm_first_token',
  tts: 'tts_first_audio',
}

export type StageOutcome = { readonly ok: true } | { readonly ok: false; readonly code: string }

/** Pure: what a turn tells of a stage; undefined when it did not use it. */
export const stageOutcomeOf = (
  turn: {
    readonly failure: { readonly stage: string; readonly code: string } | undefined
    readonly timings: Readonly<Record<string, number>>
  },
  stage: ProviderStage,
): StageOutcome | undefined => {
  const { failure, timings } = turn
  if (failure?.stage === stage) return { ok: false, code: failure.code }
  return timings[hopOf[stage]] === undefined ? undefined : { ok: true }
}
