import type { ProviderHealthView } from '@mynah/shared/api/system.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { SpeechServer } from '../providers/speech-servers.ts'
import type { AiSettingsStore, StoredAiSettings } from '../store/ai-settings-store.ts'
import type { TurnArchive, TurnFigures } from '../store/turn-archive.ts'
import { createSpeechHealth } from '../supervise/speech-health.ts'
import { homeSpeechOf } from './home-choices.ts'
import { type ProviderStage, stageOutcomeOf } from './stage-outcome.ts'

const dayMs = 86_400_000
const turnsLookedAt = 200
/** A page that is looked at again and again asks the servers no more often than this. */
const probedForMs = 10_000
const maxProbes = 1_000

/** How the last turn went that used the stage; `turns` newest first. */
export const lastTurnOf = (turns: readonly TurnFigures[], stage: ProviderStage): ProviderHealthView['last_turn'] => {
  for (const { stage: failedAt, code, timings, startedAt } of turns) {
    const failure = failedAt === null ? undefined : { stage: failedAt, code: code ?? 'failed' }
    const outcome = stageOutcomeOf({ failure, timings }, stage)
    if (outcome) return { ok: outcome.ok, code: outcome.ok ? null : outcome.code, at: startedAt }
  }
  return null
}

export type ProviderHealth = (homeIds: readonly string[]) => Promise<readonly ProviderHealthView[]>

type Probe = { readonly untilMs: number; readonly answers: Promise<boolean> }

/**
 * How the engines fare that homes have chosen for themselves: a speech server is asked, and the turns since an engine was chosen tell
 * what came of using it. They say nothing of the cloud's own readiness: a home's server is not a part of the cloud.
 */
export const createProviderHealth = (deps: {
  readonly clock: Clock
  readonly aiSettings: Pick<AiSettingsStore, 'get'>
  readonly archive: Pick<TurnArchive, 'figures'>
}): ProviderHealth => {
  const { clock, aiSettings, archive } = deps
  const probes = new Map<string, Probe>()
  const ask = async (server: SpeechServer): Promise<boolean> => {
    const health = createSpeechHealth({ clock, ...server })
    try {
      return await health.check()
    } finally {
      health.close()
    }
  }
  const answers = (key: string, server: SpeechServer): Promise<boolean> => {
    const known = probes.get(key)
    if (known && known.untilMs > clock.now()) return known.answers
    const asked = ask(server)
    probes.delete(key)
    probes.set(key, { untilMs: clock.now() + probedForMs, answers: asked })
    const oldest = probes.keys().next()
    if (probes.size > maxProbes && !oldest.done) probes.delete(oldest.value)
    return asked
  }
  const turnsOf = (homeId: string) =>
    archive.figures(homeId, { from: instant(clock.wallTime().getTime() - dayMs).toISOString() }, turnsLookedAt)
  const ofHome = async (homeId: string, stored: StoredAiSettings): Promise<ProviderHealthView[]> => {
    const { settings, version, chosenAt } = stored
    const speech = homeSpeechOf(settings)
    const own = [
      ...(speech?.stt ? [{ stage: 'stt', server: speech.stt } as const] : []),
      ...(settings.llm.type === 'openai' ? [{ stage: 'llm', server: undefined } as const] : []),
      ...(speech?.tts ? [{ stage: 'tts', server: speech.tts } as const] : []),
    ]
    if (own.length === 0) return []
    const turns = turnsOf(homeId)
    return Promise.all(
      own.map(async ({ stage, server }) => {
        const since = chosenAt[stage] ?? ''
        const lastTurn = lastTurnOf(
          turns.filter(({ startedAt }) => startedAt >= since),
          stage,
        )
        const isThere = server ? await answers(`${homeId} ${version} ${stage}`, server) : null
        const ready = isThere !== false && lastTurn?.ok !== false
        return { home_id: homeId, stage, ready, answers: isThere, last_turn: lastTurn }
      }),
    )
  }
  return async (homeIds) => (await Promise.all(homeIds.map((homeId) => ofHome(homeId, aiSettings.get(homeId))))).flat()
}
