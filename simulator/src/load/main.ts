import { loadavg } from 'node:os'
import { endWithReader } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createChildGuard } from '../child-guard.ts'
import { descriptorNeeds, descriptorProblem } from './descriptors.ts'
import { type LoadOptions, loadHelp, parseLoadOptions } from './load-options.ts'
import { describeLoad } from './load-report.ts'
import { runLoad } from './load-run.ts'
import { descriptorLimit, openLoadSite } from './load-site.ts'
import { makeUtterances } from './utterances.ts'

const exitCode = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

endWithReader()
const guard = createChildGuard()
process.on('exit', () => guard.killAll())
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (stopping.signal.aborted) process.exit(exitCode.interrupted)
    stopping.abort()
  })
const note = (line: string) => process.stderr.write(`${line}\n`)

const load = async (options: LoadOptions, signal: AbortSignal): Promise<number> => {
  const problem = descriptorProblem(descriptorNeeds(options), await descriptorLimit())
  if (problem !== undefined) {
    note(problem)
    return exitCode.usage
  }
  const deps = { clock: systemClock, guard, environment: process.env, note, loadAverage: () => loadavg()[0] ?? 0 }
  const utterances = await makeUtterances(options.engines, signal)
  if (!utterances.ok) {
    note(utterances.error.message)
    return exitCode.failed
  }
  const site = await openLoadSite(deps, options, signal)
  if (!site.ok) {
    note(site.error.message)
    return exitCode.failed
  }
  try {
    const outcome = await runLoad(deps, { options, site: site.value, utterances: utterances.value }, signal)
    if (!outcome.ok) {
      note(outcome.error.message)
      return exitCode.failed
    }
    const text = describeLoad(outcome.value, options)
    if (options.json) note(text)
    else process.stdout.write(`${text}\n`)
    if (options.json) process.stdout.write(`${JSON.stringify(outcome.value.verdict.row)}\n`)
    return Object.keys(outcome.value.verdict.violations).length === 0 ? exitCode.ok : exitCode.failed
  } finally {
    await site.value.close()
  }
}

const main = async (): Promise<number> => {
  const options = parseLoadOptions(process.argv.slice(2))
  if (!options.ok) {
    note(`${options.error.message}\n\n${loadHelp}`)
    return exitCode.usage
  }
  if (options.value === 'help') {
    process.stdout.write(`${loadHelp}\n`)
    return exitCode.ok
  }
  const code = await load(options.value, stopping.signal)
  return stopping.signal.aborted ? exitCode.interrupted : code
}

process.exit(await main())
