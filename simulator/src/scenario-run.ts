import type { Clock } from '@mynah/shared/time/clock.ts'
import type { CloudProcess } from './cloud-process.ts'
import { ExpectationError } from './event-watch.ts'
import type { House, openHouse } from './house.ts'
import { type CloudNeeds, createReport, type Outcome, type Scenario } from './scenario.ts'
import { type ScriptedLlm, startScriptedLlm } from './scripted-llm.ts'

/** A cloud with what its scenarios need, shared by all of them that need the same. */
export type Stage = { readonly cloud: CloudProcess; readonly llm?: ScriptedLlm; readonly close: () => Promise<void> }

export type StageDeps = {
  readonly clock: Clock
  /** A cloud in a temporary folder with these environment variables; throws when it does not start. */
  readonly openCloud: (
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<{ readonly cloud: CloudProcess; readonly close: () => Promise<void> }>
  readonly environmentFor: (needs: {
    readonly llmUrl?: string
    readonly voice?: 'dead'
  }) => Readonly<Record<string, string>>
}

/** What two scenarios must have in common to share a cloud: the script of a model may change, its being there may not. */
const kindOf = (needs: CloudNeeds): string => `${needs.llm ? 'llm' : ''} ${needs.voice ?? ''}`

const openStage = async (deps: StageDeps, needs: CloudNeeds, signal: AbortSignal): Promise<Stage> => {
  const llm = needs.llm ? await startScriptedLlm({ clock: deps.clock, script: needs.llm }) : undefined
  try {
    const environment = deps.environmentFor({
      ...(llm ? { llmUrl: llm.baseUrl } : {}),
      ...(needs.voice ? { voice: needs.voice } : {}),
    })
    const { cloud, close } = await deps.openCloud(environment, signal)
    return {
      cloud,
      ...(llm ? { llm } : {}),
      close: async () => {
        await close()
        await llm?.close()
      },
    }
  } catch (error) {
    await llm?.close()
    throw error
  }
}

/** Stages are opened when first needed and closed when the next scenario needs another kind. */
export const createStages = (deps: StageDeps) => {
  let open: { readonly kind: string; readonly stage: Stage } | undefined
  const close = async () => {
    const closing = open
    open = undefined
    await closing?.stage.close()
  }
  return {
    for: async (needs: CloudNeeds, signal: AbortSignal): Promise<Stage> => {
      const kind = kindOf(needs)
      if (open?.kind === kind && open.stage.cloud.isRunning()) return open.stage
      await close()
      const stage = await openStage(deps, needs, signal)
      open = { kind, stage }
      return stage
    },
    close,
  }
}

export type Stages = ReturnType<typeof createStages>

type RunDeps = {
  readonly clock: Clock
  readonly stages: Stages
  readonly houseOn: (stage: Stage, show: (line: string) => void) => ReturnType<typeof openHouse>
  readonly show: (line: string) => void
}

const perform = async (
  deps: RunDeps,
  scenario: Scenario,
  report: ReturnType<typeof createReport>,
  signal: AbortSignal,
) => {
  const stage = await deps.stages.for(scenario.needs, signal)
  let house: House | undefined
  try {
    house = await deps.houseOn(stage, report.report.step)
    await scenario.run(house, report.report, signal)
  } finally {
    await house?.close()
  }
}

/** Plays one scenario and tells how it went; only a bug throws. */
export const runScenario = async (deps: RunDeps, scenario: Scenario, signal: AbortSignal): Promise<Outcome> => {
  const startMs = deps.clock.now()
  const collected = createReport(deps.show)
  deps.show(`${scenario.name}: ${scenario.summary}`)
  const missing = scenario.missing?.()
  let stoppedBy: string | undefined
  if (missing !== undefined) collected.report.skip('the whole scenario', missing)
  else {
    try {
      await perform(deps, scenario, collected, signal)
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error
      stoppedBy = error.message
      deps.show(`  ✗ ${stoppedBy}`)
    }
  }
  const { checks, skipped, measuredMs } = collected
  const passed = stoppedBy === undefined && checks.every((check) => check.passed)
  return {
    scenario: scenario.name,
    passed,
    checks,
    skipped,
    measuredMs,
    durationMs: Math.round(deps.clock.now() - startMs),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  }
}
