import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { createChildGuard } from '../../src/child-guard.ts'
import type { CommandDeps } from '../../src/commands/context.ts'
import { scenarioDeps } from '../../src/commands/scenario.ts'
import { runScenario } from '../../src/scenario-run.ts'
import { allScenarios } from '../../src/scenarios/all-scenarios.ts'

/**
 * In real time all of them take more than five minutes: `npm test` plays the ones that cross every part, `npm run test:scenarios`
 * plays all.
 */
const always = new Set(['hello', 'barge-in', 'chinese'])
const played = allScenarios.filter(({ name }) => process.env.MYNAH_SCENARIOS === 'all' || always.has(name))

const limitMs = 120_000
const guard = createChildGuard()
const shown: string[] = []

const deps: CommandDeps = {
  clock: systemClock,
  log: silentLog,
  guard,
  environment: process.env,
  random: Math.random,
  fetch,
  print: (line) => shown.push(line),
  note: (line) => shown.push(line),
  typedLines: async function* () {},
}
const running = scenarioDeps(deps, (line) => shown.push(line))

afterAll(async () => {
  await running.stages.close()
  guard.killAll()
})

describe('in a house with a real cloud, real speech and real sound', () => {
  test.each(played)(
    '$name: $summary',
    async (scenario) => {
      shown.length = 0
      const outcome = await runScenario(running, scenario, AbortSignal.timeout(limitMs))
      expect(outcome.passed, shown.join('\n')).toBe(true)
      const wasSkipped = outcome.checks.length === 0
      expect(wasSkipped, 'a scenario without any check is skipped for a written reason only').toBe(
        scenario.missing?.() !== undefined,
      )
    },
    limitMs + 10_000,
  )
})
