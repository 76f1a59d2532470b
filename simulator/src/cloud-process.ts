import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type ChildGuard, signalGroup } from './child-guard.ts'
import {
  type CloudReady,
  type CloudSettings,
  cloudArguments,
  dataArguments,
  parseReadyLine,
  parseTokenOutput,
  parseTurnsOutput,
  type RecordedTurn,
} from './cloud-contract.ts'
import { cloudProgram, repositoryRoot } from './repository.ts'

const startLimitMs = 60_000
const stopLimitMs = 10_000
const commandLimitMs = 120_000
const keptOutputLines = 200
const commandOutputBytes = 256 * 1024 * 1024
/** The cloud's exit code when a port that it needs is taken. */
const portTakenExitCode = 3

export type CloudError = {
  readonly code: 'not_started' | 'port_taken' | 'command_failed'
  /** For the user; the end of the cloud's own output when it died. */
  readonly message: string
}

/** The real cloud as a child process. */
export type CloudProcess = {
  /** What the cloud said of itself when it was last ready. */
  readonly ready: () => CloudReady
  readonly isRunning: () => boolean
  readonly pid: () => number | undefined
  /** Resolves when the running process has ended, for whatever reason. */
  readonly ended: () => Promise<void>
  /** SIGTERM, then SIGKILL after ten seconds. Idempotent. */
  readonly stop: () => Promise<void>
  /** kill -9 of the cloud's main process alone. */
  readonly kill: () => Promise<void>
  /** Starts again on the same ports with the same data. */
  readonly restart: (signal: AbortSignal) => Promise<Result<CloudReady, CloudError>>
  /** A one-time token for one new speaker, which the panel shows under `name`. */
  readonly newEnrolmentToken: (signal: AbortSignal, name?: string) => Promise<Result<string, CloudError>>
  /** The history as the cloud's own command prints it, newest first. */
  readonly turns: (signal: AbortSignal) => Promise<Result<readonly RecordedTurn[], CloudError>>
  /** The last lines that it wrote. */
  readonly outputTail: () => readonly string[]
}

export type CloudDeps = {
  readonly clock: Clock
  readonly guard: ChildGuard
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Each line of the cloud's log as it comes. */
  readonly onLogLine?: (line: string) => void
}

const nodeArguments = (args: readonly string[]): string[] => [cloudProgram, ...args]

const isAlive = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null

type Running = { readonly child: ChildProcess; readonly ended: Promise<number | null> }

const launch = (deps: CloudDeps, settings: CloudSettings, onLine: (line: string) => void): Running => {
  const child = spawn(process.execPath, [...(settings.nodeOptions ?? []), ...nodeArguments(cloudArguments(settings))], {
    cwd: repositoryRoot,
    env: { ...deps.environment, ...settings.environment },
    // A group of its own: Ctrl-C in the terminal reaches the simulator alone, which then stops the cloud in good order.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  deps.guard.watch(child)
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', onLine)
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('exit', (code) => resolve(code))
  })
  return { child, ended }
}

/** Runs one of the cloud's own commands on a data folder to its end, also while a cloud runs on it. Gives what it printed. */
export const runCloudCommand = (
  deps: Pick<CloudDeps, 'environment'>,
  settings: Pick<CloudSettings, 'dataDir' | 'environment'>,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Result<string, CloudError>> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      nodeArguments([...args, ...dataArguments(settings.dataDir)]),
      {
        cwd: repositoryRoot,
        env: { ...deps.environment, ...settings.environment } as NodeJS.ProcessEnv,
        signal,
        timeout: commandLimitMs,
        maxBuffer: commandOutputBytes,
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(ok(stdout))
        const message = `cloud ${args.join(' ')} failed: ${stderr.trim() || error.message}`
        resolve(refuse({ code: 'command_failed', message }))
      },
    )
  })

/** Starts the cloud and waits until it is ready to serve. */
export const startCloud = async (
  deps: CloudDeps,
  settings: CloudSettings,
  signal: AbortSignal,
): Promise<Result<CloudProcess, CloudError>> => {
  let output: string[] = []
  let running: Running | undefined
  let ready: CloudReady | undefined
  let ports = settings.ports

  const start = async (): Promise<Result<CloudReady, CloudError>> => {
    output = []
    const waiting = new AbortController()
    let told: CloudReady | undefined
    const launched = launch(deps, { ...settings, ports }, (line) => {
      output = [...output.slice(1 - keptOutputLines), line]
      deps.onLogLine?.(line)
      told ??= parseReadyLine(line)
      if (told) waiting.abort()
    })
    running = launched
    const giveUp = () => waiting.abort()
    signal.addEventListener('abort', giveUp, { once: true })
    launched.ended.then(giveUp, giveUp)
    await deps.clock.sleep(startLimitMs, waiting.signal)
    signal.removeEventListener('abort', giveUp)
    if (told) {
      ready = told
      ports = { ...ports, ...told.ports }
      return ok(told)
    }
    return refuse(await explainFailedStart(launched))
  }

  const explainFailedStart = async ({ child, ended }: Running): Promise<CloudError> => {
    const wasAlive = isAlive(child)
    signalGroup(child, 'SIGKILL')
    const exitCode = await ended
    if (signal.aborted) return { code: 'not_started', message: 'The cloud was stopped before it was ready' }
    const why = wasAlive ? `it was not ready after ${startLimitMs / 1_000} s` : `it ended with code ${exitCode}`
    if (exitCode === portTakenExitCode) return { code: 'port_taken', message: output.at(-1) ?? 'A port is taken' }
    return { code: 'not_started', message: [`The cloud did not start: ${why}`, ...output.slice(-15)].join('\n  ') }
  }

  const stop = async () => {
    if (!running) return
    const { child, ended } = running
    running = undefined
    if (isAlive(child)) child.kill('SIGTERM')
    const patience = new AbortController()
    const hurry = deps.clock.sleep(stopLimitMs, patience.signal)
    await Promise.race([ended, hurry])
    patience.abort()
    // Also after a clean end: whatever child of the cloud is left must not outlive it.
    signalGroup(child, 'SIGKILL')
    await ended
    deps.guard.forget(child)
  }

  const ask = async <T>(
    args: readonly string[],
    parse: (output: string) => T | undefined,
    commandSignal: AbortSignal,
  ): Promise<Result<T, CloudError>> => {
    const printed = await runCloudCommand(deps, settings, args, commandSignal)
    if (!printed.ok) return printed
    const parsed = parse(printed.value)
    if (parsed !== undefined) return ok(parsed)
    return refuse({ code: 'command_failed', message: `cloud ${args.join(' ')} printed something unexpected` })
  }

  const started = await start()
  if (!started.ok) return started
  return ok({
    ready: () => ready ?? started.value,
    isRunning: () => running !== undefined && isAlive(running.child),
    pid: () => running?.child.pid,
    ended: async () => {
      await running?.ended
    },
    stop,
    kill: async () => {
      running?.child.kill('SIGKILL')
      await running?.ended
    },
    restart: async () => {
      await stop()
      return start()
    },
    newEnrolmentToken: (commandSignal, name) =>
      ask(['enrolment-token', ...(name === undefined ? [] : ['--name', name])], parseTokenOutput, commandSignal),
    turns: (commandSignal) => ask(['turns', '--json', '--limit', '200'], parseTurnsOutput, commandSignal),
    outputTail: () => output,
  })
}
