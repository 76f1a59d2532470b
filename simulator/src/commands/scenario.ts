import { environmentFor } from '../cloud-contract.ts'
import { openHouse } from '../house.ts'
import type { CommonOptions } from '../options.ts'
import type { Outcome, Scenario } from '../scenario.ts'
import { distributionsOf } from '../scenario-figures.ts'
import { createStages, runScenario, type Stage } from '../scenario-run.ts'
import { allScenarios, scenarioNamed } from '../scenarios/all-scenarios.ts'
import { type CommandDeps, type ExitCode, openPrivateCloud } from './context.ts'

const seed = 1

/** Everything `runScenario` needs, from what a command has. */
export const scenarioDeps = (deps: CommandDeps, show: (line: string) => void) => {
  const stages = createStages({
    clock: deps.clock,
    openCloud: (environment, signal) => openPrivateCloud(deps, environment, signal),
    environmentFor,
  })
  const houseOn = (stage: Stage, showStep: (line: string) => void) =>
    openHouse({ ...deps, cloud: stage.cloud, ...(stage.llm ? { llm: stage.llm } : {}), show: showStep, seed })
  return { clock: deps.clock, stages, houseOn, show }
}

const list = (deps: CommandDeps, json: boolean): ExitCode => {
  if (json) deps.print(JSON.stringify(allScenarios.map(({ name, summary }) => ({ name, summary }))))
  else for (const { name, summary } of allScenarios) deps.print(`${name.padEnd(20)} ${summary}`)
  return 0
}

const verdictOf = (outcome: Outcome): string => {
  const { checks, skipped, stoppedBy } = outcome
  const failed = checks.filter((check) => !check.passed).length
  const skips = skipped.length > 0 ? `, ${skipped.length} not checked` : ''
  const word = outcome.passed ? (checks.length === 0 ? 'SKIPPED' : 'PASSED') : 'FAILED'
  return `${word.padEnd(8)} ${outcome.scenario.padEnd(20)} ${checks.length - failed} of ${checks.length} checks${skips}${stoppedBy ? `; ${stoppedBy}` : ''} (${(outcome.durationMs / 1_000).toFixed(1)} s)`
}

const runAll = async (
  deps: CommandDeps,
  run: { readonly scenarios: readonly Scenario[]; readonly json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const show = (line: string) => (run.json ? deps.note(line) : deps.print(line))
  const running = scenarioDeps(deps, show)
  const outcomes: Outcome[] = []
  try {
    for (const scenario of run.scenarios) {
      if (signal.aborted) break
      const outcome = await runScenario(running, scenario, signal)
      outcomes.push(outcome)
      if (run.json) deps.print(JSON.stringify(outcome))
    }
  } finally {
    await running.stages.close()
  }
  if (!run.json) {
    for (const outcome of outcomes) deps.print(verdictOf(outcome))
    for (const { name, count, p50, p95, p99 } of distributionsOf(outcomes))
      deps.print(`${name}, ${count} times: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`)
  }
  return outcomes.length === run.scenarios.length && outcomes.every((outcome) => outcome.passed) ? 0 : 1
}

/** `scenario NAME|all|list`. Each scenario brings its own cloud, so `--cloud` does not apply. */
export const scenario = async (
  deps: CommandDeps,
  command: { readonly name: string; readonly times: number; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const { name, times, options } = command
  if (options.cloud.type === 'running') {
    deps.note('Scenarios kill and restart their cloud, so they bring their own: leave out --cloud')
    return 2
  }
  if (name === 'list') return list(deps, options.json)
  const play = (scenarios: readonly Scenario[]) =>
    runAll(deps, { scenarios: Array.from({ length: times }, () => scenarios).flat(), json: options.json }, signal)
  if (name === 'all') return play(allScenarios)
  const found = scenarioNamed(name)
  if (!found) {
    deps.note(`There is no scenario "${name}". Scenarios: ${allScenarios.map((each) => each.name).join(', ')}`)
    return 2
  }
  return play([found])
}
