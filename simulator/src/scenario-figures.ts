import { percentilesOf } from './percentiles.ts'
import type { Outcome } from './scenario.ts'

/** What the scenarios measured more than once, over all times they were played. */
export const distributionsOf = (outcomes: readonly Pick<Outcome, 'scenario' | 'measuredMs'>[]) => {
  const values = new Map<string, number[]>()
  for (const { scenario, measuredMs } of outcomes) {
    for (const [what, ms] of Object.entries(measuredMs)) {
      const name = `${scenario}: ${what}`
      values.set(name, [...(values.get(name) ?? []), ms])
    }
  }
  return [...values].flatMap(([name, all]) => {
    const percentiles = percentilesOf(all)
    return percentiles && all.length > 1 ? [{ name, count: all.length, ...percentiles }] : []
  })
}
