import { endWithReader } from '@mynah/shared/log/output-readers.ts'
import { type Costs, costs, costValues, household, type Usage } from './costs.ts'
import { planFleet, ratesOf } from './fleet-plan.ts'
import { simulateQueue, type Work } from './queue-simulation.ts'

/** `npm run scaling [-- --json]`: how many machines of which role, and what one process feels at which load. */
const fleets = [1_000, 10_000, 100_000, 1_000_000] as const
const seed = 1
const seconds = 20
/** As the broker does (cloud/src/broker/embedded.ts). */
const admittance = { perSecond: 300, burst: 300 } as const
/** Longer than it takes twenty thousand to come back. */
const stormSeconds = 90

/** What the one control process of the default installation does for so many speakers. */
const controlWorks = (speakers: number, usage: Usage, of: Costs): readonly Work[] => {
  const rates = ratesOf(speakers, usage)
  return [
    { name: 'statuses', perSecond: rates.statuses, costUs: of.statusUs },
    { name: 'turns', perSecond: rates.turns, costUs: of.turnControlUs },
    { name: 'API reads', perSecond: rates.apiReads, costUs: of.apiReadUs },
    { name: 'API changes', perSecond: rates.apiChanges, costUs: of.apiChangeUs },
  ]
}

const oneProcess = [1_000, 5_000, 10_000, 15_000, 20_000].map((speakers) => {
  const works = controlWorks(speakers, household, costValues)
  const storm = { atS: 5, count: speakers, costUs: costValues.connectUs }
  return {
    speakers,
    quiet: simulateQueue({ works, seconds, seed }),
    atOnce: simulateQueue({ works, seconds: stormSeconds, seed, storm: { ...storm, withinS: 1 } }),
    admitted: simulateQueue({
      works,
      seconds: stormSeconds,
      seed,
      storm: { ...storm, withinS: Math.max(1, (speakers - admittance.burst) / admittance.perSecond) },
    }),
  }
})
endWithReader()
const plans = fleets.map((speakers) => ({
  speakers,
  rates: ratesOf(speakers, household),
  roles: planFleet(speakers, household, costValues),
}))

if (process.argv.includes('--json')) console.log(JSON.stringify({ costs, household, plans, oneProcess }))
else {
  console.log('Costs (a star: not measured with this code)')
  for (const [name, { value, source, isMeasured }] of Object.entries(costs))
    console.log(`  ${isMeasured ? ' ' : '*'} ${name.padEnd(24)} ${String(value).padStart(8)}  ${source}`)
  for (const { speakers, rates, roles } of plans) {
    console.log(
      `\n${speakers} speakers, busiest hour: ${rates.statuses.toFixed(0)} statuses/s, ${rates.turns.toFixed(1)} turns/s (${rates.liveTurns.toFixed(0)} at once), ${rates.browsers.toFixed(0)} browsers`,
    )
    for (const { role, cores, memoryGb, processes, machines, shardsBy } of roles)
      console.log(
        `  ${role.padEnd(9)} ${cores.toFixed(2).padStart(8)} cores ${memoryGb.toFixed(1).padStart(7)} GB ${String(processes).padStart(5)} processes ${String(machines).padStart(4)} machines of 8 cores; by ${shardsBy}`,
      )
  }
  console.log(
    '\nOne control process (simulated): waiting of what comes, and after a failure when all speakers come back',
  )
  for (const { speakers, quiet, atOnce, admitted } of oneProcess)
    console.log(
      `  ${String(speakers).padStart(6)} speakers: busy ${(100 * quiet.busyShare).toFixed(0).padStart(3)} %, waits p99 ${quiet.waitMs.p99.toFixed(1)} ms; ` +
        `all back in 1 s: worst ${atOnce.waitMs.worst.toFixed(0)} ms, late for ${atOnce.recoveredAfterS?.toFixed(1)} s; ` +
        `admitted at ${admittance.perSecond}/s: worst ${admitted.waitMs.worst.toFixed(0)} ms`,
    )
}
