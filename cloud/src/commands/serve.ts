import { createJsonLog, type Log } from '@mynah/shared/log/log.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import { type CloudConfig, describeProblems, describeSettings, readConfig } from '../config.ts'
import { PortTakenError } from '../gateway/port-taken.ts'
import { StoreError } from '../store/store-error.ts'
import { createParts, type Parts } from '../supervise/parts.ts'
import type { CloudDeps } from './cloud-deps.ts'
import { type Command, type CommandContext, exitCode, takeOptions } from './command.ts'
import { startSpeechService } from './speech-service.ts'
import type { ReadyCloud } from './start-cloud.ts'
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

type Ending = { readonly code: number; readonly complaint?: string }

/** Why nothing started, in one sentence for a person; the log has the rest. */
const explainFailure = (error: unknown, log: Log): Ending => {
  if (error instanceof PortTakenError) return { code: exitCode.portTaken, complaint: error.message }
  if (error instanceof StoreError) return { code: exitCode.failed, complaint: error.message }
  log.error('the cloud cannot start', { error })
  const message = error instanceof Error ? error.message : String(error)
  return { code: exitCode.failed, complaint: `The cloud cannot start: ${message}` }
}

/** Runs until the process is told to stop or a part that cannot be restarted ends; then stops all within five seconds. */
const runUntilStopped = async (parts: Parts, log: Log, signal: AbortSignal): Promise<Ending> => {
  const failure = await Promise.race([untilAborted(signal), parts.failed])
  if (!failure) return { code: exitCode.ok }
  log.error('a part of the cloud ended by itself', { part: failure.name, error: failure.error })
  return { code: exitCode.failed, complaint: `The ${failure.name} of the cloud ended by itself; the log says why.` }
}

type Run = { readonly context: CommandContext; readonly log: Log; readonly parts: Parts }

/** Each role is loaded when it is known to be the one: the speech service and the rest of the cloud share next to nothing. */
const start = async (deps: CloudDeps, signal: AbortSignal): Promise<Partial<ReadyCloud>> => {
  if (deps.config.role === 'speech') return (await import('./start-speech.ts')).startSpeechAlone(deps)
  const speech = await startSpeechService(deps)
  const { startCloud } = await import('./start-cloud.ts')
  signal.throwIfAborted()
  return startCloud({ ...deps, speech }, signal)
}

const runCloud = async (config: CloudConfig, asJson: boolean, { context, log, parts }: Run): Promise<Ending> => {
  const { signal, clock, env, program, exportToChildren } = context
  const common = { config, clock, log, parts, env, program, exportToChildren, version: mynahVersion() }
  const starting = start(common, signal)
  try {
    // A part may end, or the process be told to stop, while another still starts.
    const ready = await Promise.race([starting, untilAborted(signal), parts.failed.then(() => undefined)])
    if (ready) {
      const lines = asJson ? [JSON.stringify({ ready: true, ...ready })] : describeReady(ready)
      for (const line of lines) context.print(line)
      log.info('ready', { role: config.role })
    } else starting.catch((error: unknown) => log.debug('the start was given up', { error }))
    return await runUntilStopped(parts, log, signal)
  } catch (error) {
    return explainFailure(error, log)
  }
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
  const { code, complaint } = await runCloud(read.value, alone.has('--json'), { context, log, parts })
  await Promise.race([parts.stopAll(), context.clock.sleep(stopWithinMs)])
  log.info('stopped')
  // Last, so that whoever reads the end of the output finds the reason there.
  if (complaint !== undefined) context.printError(complaint)
  return code
}
