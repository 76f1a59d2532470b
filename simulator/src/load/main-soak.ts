import { loadavg } from 'node:os'
import { endWithReader } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createChildGuard } from '../child-guard.ts'
import { descriptorNeeds, descriptorProblem } from './descriptors.ts'
import { descriptorLimit, openLoadSite } from './load-site.ts'
import { runSoak } from './soak.ts'
import { parseSoakOptions, type SoakOptions, soakHelp } from './soak-options.ts'
import { describeSoak } from './soak-report.ts'
import { makeUtterances } from './utterances.ts'

const exitCode = { ok: 0, failed: 1, usage: 2 } as const
endWithReader()
const guard = createChildGuard()
process.on('exit', () => guard.killAll())
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (stopping.signal.aborted) process.exit(exitCode.failed)
    stopping.abort()
  })
const note = (line: string) => process.stderr.write(`${line}\n`)
const refuse = (message: string, code: number) => {
  note(message)
  return code
}

const soak = async (options: SoakOptions, signal: AbortSignal): Promise<number> => {
  const problem = descriptorProblem(descriptorNeeds(options.load), await descriptorLimit())
  if (problem !== undefined) return refuse(problem, exitCode.usage)
  const utterances = await makeUtterances('scripted', signal)
  if (!utterances.ok) return refuse(utterances.error.message, exitCode.failed)
  const deps = { clock: systemClock, guard, environment: process.env, note, loadAverage: () => loadavg()[0] ?? 0 }
  const site = await openLoadSite(deps, { ...options.load, hasSettableClock: true }, signal)
  if (!site.ok) return refuse(site.error.message, exitCode.failed)
  try {
    const outcome = await runSoak(deps, { options, site: site.value, utterances: utterances.value }, signal)
    if (!outcome.ok) return refuse(outcome.error.message, exitCode.failed)
    process.stdout.write(`${describeSoak(outcome.value)}\n`)
    return outcome.value.failures.length === 0 ? exitCode.ok : exitCode.failed
  } finally {
    await site.value.close()
  }
}

const main = async (): Promise<number> => {
  const options = parseSoakOptions(process.argv.slice(2))
  if (!options.ok) return refuse(`${options.error.message}\n\n${soakHelp}`, exitCode.usage)
  if (options.value !== 'help') return soak(options.value, stopping.signal)
  process.stdout.write(`${soakHelp}\n`)
  return exitCode.ok
}

process.exit(await main())
