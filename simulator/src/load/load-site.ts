import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseJson } from '@mynah/shared/parse-json.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import type { ChildGuard } from '../child-guard.ts'
import { freePorts, parseTurnsOutput, privateCloudEnvironment, type RecordedTurn } from '../cloud-contract.ts'
import { type CloudProcess, runCloudCommand, startCloud } from '../cloud-process.ts'
import { cloudProgram, repositoryRoot } from '../repository.ts'
import { type Fleet, parseFleet, peopleFor } from './fleet.ts'
import type { LoadOptions } from './load-options.ts'
import { requireLoopback } from './loopback.ts'

/** The cloud under load, with everything that belongs to it, in a temporary folder. */
export type LoadSite = {
  readonly fleet: Fleet
  readonly url: string
  readonly mqtt: { readonly host: string; readonly port: number }
  readonly cloud: CloudProcess
  /** The scripted speech server; absent with the real engines. */
  readonly speech?: SpeechProcess
  /** Every turn in the store. */
  readonly turns: (signal: AbortSignal) => Promise<Result<readonly RecordedTurn[], LoadError>>
  /** Sets the wall clock of all processes of the cloud wrong by so much; only where the site was opened with a clock that can be set. */
  readonly setClock: (offsetMs: number) => Promise<void>
  readonly dataDir: string
  readonly close: () => Promise<void>
}

export type LoadError = { readonly code: 'cannot_start' | 'failed'; readonly message: string }

export type LoadDeps = {
  readonly clock: Clock
  readonly guard: ChildGuard
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly note: (line: string) => void
}

export type SpeechProcess = {
  readonly address: string
  readonly pid: () => number | undefined
  /** kill -9, and another one on the same port. */
  readonly restart: () => Promise<void>
  readonly stop: () => void
}

const speechReadySchema = v.object({ ready: v.literal(true), speech_address: v.string() })
const engineDelayMs = 50
const shownErrors = 5
const mostTurns = '999999'
const jumpingClock = fileURLToPath(new URL('../time/jumping-clock.mjs', import.meta.url))
const host = '127.0.0.1'

const launchSpeech = async ({ guard, environment }: LoadDeps, port: number) => {
  const args = ['scripted-speech', '--with-parent', '--port', String(port), '--delay-ms', String(engineDelayMs)]
  const child: ChildProcess = spawn(process.execPath, [cloudProgram, ...args], {
    cwd: repositoryRoot,
    env: { ...environment },
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  guard.watch(child)
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the scripted speech server ended with ${code}`)))
    if (!child.stdout) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = v.safeParse(speechReadySchema, parseJson(line))
      if (ready.success) resolve(ready.output.speech_address)
    })
  })
  return { child, address }
}

/** An engine server of fixed delay in a process of its own. */
const startSpeech = async (deps: LoadDeps): Promise<SpeechProcess> => {
  let { child, address } = await launchSpeech(deps, 0)
  return {
    address,
    pid: () => child.pid,
    restart: async () => {
      child.kill('SIGKILL')
      deps.guard.forget(child)
      child = (await launchSpeech(deps, Number(address.split(':')[1]))).child
    },
    stop: () => {
      child.kill('SIGTERM')
      deps.guard.forget(child)
    },
  }
}

/** What one process may open: the hard limit, which Node takes for itself when it starts. */
export const descriptorLimit = (): Promise<number> =>
  new Promise((resolve) => {
    execFile('sh', ['-c', 'ulimit -Hn'], (error, stdout) => {
      const limit = Number(stdout.trim())
      resolve(error || !Number.isFinite(limit) ? Number.POSITIVE_INFINITY : limit)
    })
  })

const environmentOf = (options: LoadOptions, speech: SpeechProcess | undefined): Record<string, string> => ({
  ...privateCloudEnvironment(),
  MYNAH_LOG_LEVEL: 'warn',
  MYNAH_MQTT_MAX_CONNECTIONS: String(Math.min(19_000, Math.max(12_000, options.devices + 100))),
  ...(speech && { MYNAH_SPEECH_ADDRESS: speech.address }),
})

const enrol = async (
  deps: LoadDeps,
  { options, dataDir }: { readonly options: LoadOptions; readonly dataDir: string },
  signal: AbortSignal,
): Promise<Result<Fleet, LoadError>> => {
  const out = join(dataDir, 'fleet.json')
  const counts = ['--speakers', String(options.devices), '--people', String(peopleFor(options))]
  const args = ['enrol-fleet', ...counts, '--prefix', 'load', '--out', out]
  const enrolled = await runCloudCommand(deps, { dataDir, environment: {} }, args, signal)
  if (!enrolled.ok) return refuse({ code: 'cannot_start', message: enrolled.error.message })
  return ok(parseFleet(await readFile(out, 'utf8')))
}

/** Starts all of it; leaves nothing behind when a part cannot start. */
export const openLoadSite = async (
  deps: LoadDeps,
  options: LoadOptions & { readonly hasSettableClock?: boolean },
  signal: AbortSignal,
): Promise<Result<LoadSite, LoadError>> => {
  if (options.dataRoot !== undefined) await mkdir(options.dataRoot, { recursive: true })
  const dataDir = await mkdtemp(join(options.dataRoot ?? tmpdir(), 'mynah-load-'))
  const removeData = () => rm(dataDir, { recursive: true, force: true })
  const speech = options.engines === 'scripted' ? await startSpeech(deps) : undefined
  const giveUp = async (error: LoadError) => {
    speech?.stop()
    await removeData()
    return refuse(error)
  }
  const fleet = await enrol(deps, { options, dataDir }, signal)
  if (!fleet.ok) return giveUp(fleet.error)
  let errors = 0
  const onLogLine = (line: string) => {
    if (!line.includes('"level":"error"')) return
    errors++
    if (errors <= shownErrors) deps.note(`cloud: ${line.slice(0, 500)}`)
    if (errors === shownErrors) deps.note('cloud: further errors of this run are not shown')
  }
  // Inherited by the audio workers too: each process writes a profile of its own when it ends.
  const nodeOptions = [
    ...(options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]),
    ...(options.hasSettableClock ? ['--import', jumpingClock] : []),
  ]
  const offsetFile = join(dataDir, 'clock-offset')
  const environment = {
    ...environmentOf(options, speech),
    ...(options.hasSettableClock && { MYNAH_CLOCK_OFFSET_FILE: offsetFile }),
  }
  const settings = { dataDir, ports: freePorts, environment, nodeOptions }
  const started = await startCloud({ ...deps, onLogLine }, settings, signal)
  if (!started.ok) return giveUp({ code: 'cannot_start', message: started.error.message })
  const cloud = started.value
  const { url, ports } = cloud.ready()
  requireLoopback(new URL(url).hostname)
  return ok({
    fleet: fleet.value,
    url,
    mqtt: { host, port: ports.mqttPort },
    cloud,
    ...(speech && { speech }),
    turns: async (asked) => {
      const printed = await runCloudCommand(
        deps,
        settingsForCommands(dataDir),
        ['turns', '--json', '--limit', mostTurns],
        asked,
      )
      if (!printed.ok) return refuse({ code: 'failed', message: printed.error.message })
      const turns = parseTurnsOutput(printed.value)
      return turns ? ok(turns) : refuse({ code: 'failed', message: 'the cloud printed turns that are none' })
    },
    dataDir,
    setClock: async (offsetMs) => {
      // Whole when it has its name: who reads half a number would jump elsewhere.
      await writeFile(`${offsetFile}.new`, String(offsetMs))
      await rename(`${offsetFile}.new`, offsetFile)
    },
    close: async () => {
      await cloud.stop()
      speech?.stop()
      await removeData()
    },
  })
}

const settingsForCommands = (dataDir: string) => ({ dataDir, environment: {} })
