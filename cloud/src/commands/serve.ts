import { createJsonLog, type Log } from '@mynah/shared/log/log.ts'
import { type CloudConfig, describeProblems, describeSettings, readConfig } from '../config.ts'
import { PortTakenError } from '../gateway/port-taken.ts'
import { StoreError } from '../store/store-error.ts'
import { createParts, type Parts } from '../supervise/parts.ts'
import { type Command, type CommandContext, exitCode, takeOptions } from './command.ts'
import { startSpeechAlone } from './engines.ts'
import { type ReadyCloud, startCloud } from './start-cloud.ts'
import { mynahVersion } from './version.ts'

const stopWithinMs = 5_000

const describeReady = (ready: Partial<ReadyCloud>): string[] => [
  ...(ready.http_url ? [`Mynah is ready: ${ready.http_url}`] : []),
  ...(ready.mqtt_url
    ? [`Speakers connect to ${ready.mqtt_url}, sound goes to ${ready.udp?.join(', ') || 'the bridge'} (UDP)`]
    : []),
  ...(ready.speech_address ? [`Speech service: ${ready.speech_address}`] : []),
  ...(ready.setup_url ? [`First login: ${ready.setup_url}`] : []),
  ...(ready.http_url ? ['Add a speaker: npm run cloud -- enrolment-token --name kitchen'] : []),
]

const configProblem = (config: CloudConfig): string | undefined =>
  (config.role === 'gateway' || config.role === 'bridge') && config.mqtt_url === undefined
    ? `--role: ${config.role} is not allowed without --mqtt-url: gateway and bridge meet at a broker of its own`
    : undefined

const start = (config: CloudConfig, deps: { context: CommandContext; log: Log; parts: Parts }, signal: AbortSignal) => {
  const { context, log, parts } = deps
  const common = { config, clock: context.clock, log, parts, version: mynahVersion() }
  return config.role === 'speech' ? startSpeechAlone(common, signal) : startCloud(common, signal)
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Tells a person in one sentence why nothing started, and the log the rest. */
const explainFailure = (error: unknown, { context, log }: { context: CommandContext; log: Log }): number => {
  if (error instanceof PortTakenError) {
    context.printError(error.message)
    return exitCode.portTaken
  }
  if (error instanceof StoreError) context.printError(error.message)
  else {
    log.error('the cloud cannot start', { error })
    context.printError(`The cloud cannot start: ${error instanceof Error ? error.message : String(error)}`)
  }
  return exitCode.failed
}

/** Runs until the process is told to stop or a part that cannot be restarted ends; then stops all within five seconds. */
const runUntilStopped = async (parts: Parts, log: Log, signal: AbortSignal): Promise<number> => {
  const failure = await Promise.race([untilAborted(signal), parts.failed])
  if (!failure) return exitCode.ok
  log.error('a part of the cloud ended by itself', { part: failure.name, error: failure.error })
  return exitCode.failed
}

/** `serve [--json] [settings]`: the cloud itself. */
export const serve: Command = async (context) => {
  const { alone, rest } = takeOptions(context.args, { withValue: [], alone: ['--json', '--help'] })
  if (alone.has('--help')) {
    context.print(describeSettings())
    return exitCode.ok
  }
  const read = readConfig({ flags: rest, env: context.env })
  const problem = read.ok ? configProblem(read.value) : describeProblems(read.error)
  if (!read.ok || problem !== undefined) {
    context.printError(problem ?? '')
    return exitCode.usage
  }
  const { log_level: minLevel, log_pii: keepPii } = read.value
  const log = createJsonLog({ clock: context.clock, writeLine: context.printError, minLevel, keepPii })
  const parts = createParts(log)
  const deps = { context, log, parts }
  let code: number
  try {
    const ready = await Promise.race([start(read.value, deps, context.signal), untilAborted(context.signal)])
    if (ready) {
      const lines = alone.has('--json') ? [JSON.stringify({ ready: true, ...ready })] : describeReady(ready)
      for (const line of lines) context.print(line)
      log.info('ready', { role: read.value.role, http: 'http_url' in ready ? ready.http_url : undefined })
    }
    code = await runUntilStopped(parts, log, context.signal)
  } catch (error) {
    code = explainFailure(error, deps)
  }
  await Promise.race([parts.stopAll(), context.clock.sleep(stopWithinMs)])
  log.info('stopped')
  return code
}
