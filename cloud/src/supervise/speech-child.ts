import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import type { CloudConfig } from '../config.ts'
import { passOnLog } from './child-lines.ts'
import { createSupervisedChild, type SupervisedChild } from './supervised-child.ts'

/** How this process was started: its main module and Node's options (the TypeScript loader among them). */
export type OwnProgram = { readonly mainPath: string; readonly nodeOptions: readonly string[] }

export type SpeechChildDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly config: CloudConfig
  readonly program: OwnProgram
  /** The same at every start, so that whoever holds the address need not be told. */
  readonly port: number
  readonly env: Readonly<Record<string, string | undefined>>
}

export type SpeechReady = { readonly speech_address: string }

const readySchema = v.object({ ready: v.literal(true), speech_address: v.string() })

const parseReady = (line: string): SpeechReady | undefined => {
  const parsed = v.safeParse(readySchema, parseJson(line))
  return parsed.success ? parsed.output : undefined
}

const flagsOf = (config: CloudConfig): string[] => {
  const folders = [
    ['--zh-model-dir', config.zh_model_dir],
    ['--models-dir', config.models_dir],
  ] as const
  return [
    '--data-dir',
    config.data_dir,
    '--log-level',
    config.log_level,
    ...folders.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
  ]
}

/**
 * A transcript that is 10 ms later is not noticed, sound that is late is heard: on a full machine the audio workers go first, then what
 * carries sound and words here, then the engines, which step behind by themselves.
 */
const niceness = 2

/** Of JavaScript; engines and models lie outside of it. */
const maxHeapMb = 512

/** The speech service as a child: this same program with `--role speech`. */
export const createSpeechChild = (deps: SpeechChildDeps): SupervisedChild<SpeechReady> => {
  const { clock, log, random, config, env, program, port } = deps
  const serve = [
    'serve',
    '--role',
    'speech',
    '--json',
    '--with-parent',
    '--host',
    '127.0.0.1',
    '--speech-port',
    String(port),
  ]
  return createSupervisedChild({
    clock,
    log,
    random,
    env,
    name: 'speech service',
    niceness,
    nodeArguments: () => [
      ...program.nodeOptions,
      `--max-old-space-size=${maxHeapMb}`,
      program.mainPath,
      ...serve,
      ...flagsOf(config),
    ],
    parseReady,
    onLogLine: passOnLog(log, 'speech'),
  })
}
