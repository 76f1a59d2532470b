import { existsSync } from 'node:fs'
import { parseJson } from '@mynah/shared/parse-json.ts'
import { parseEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import * as v from 'valibot'
import { testDataPath } from './repository.ts'

/** What the simulator relies on of the cloud's command line: its options, its ready line and the output of its commands. */

export type CloudPorts = { readonly httpPort: number; readonly mqttPort: number; readonly udpPort: number }

export type CloudSettings = {
  readonly dataDir: string
  /** 0 takes a free port; the cloud's own default where absent. */
  readonly ports: Partial<CloudPorts>
  /** Configuration beyond the defaults, as the cloud's environment variables. */
  readonly environment: Readonly<Record<string, string>>
  /** Options of Node for its processes, such as a profiler's. */
  readonly nodeOptions?: readonly string[]
}

/** What the cloud says of itself when it is ready to serve. */
export type CloudReady = {
  /** `http://host:port` under which speakers and browsers reach it. */
  readonly url: string
  /** The ports that it took: a restart asks for the same. */
  readonly ports: Pick<CloudPorts, 'httpPort' | 'mqttPort'>
  /** Where its owner signs in for the first time; absent when somebody has. */
  readonly setupUrl?: string
}

const urlSchema = v.pipe(
  v.string(),
  v.check((text) => URL.canParse(text) && new URL(text).port !== ''),
)
const readySchema = v.object({
  ready: v.literal(true),
  http_url: urlSchema,
  mqtt_url: urlSchema,
  setup_url: v.optional(v.string()),
})

/** One object per line of `turns --json`; `outcome` is absent while a turn is open. */
const recordedTurnSchema = v.object({
  sessionId: v.string(),
  deviceId: v.string(),
  conversationId: v.string(),
  trigger: v.string(),
  heard: v.string(),
  reply: v.string(),
  heardReply: v.string(),
  answeredBy: v.optional(v.string()),
  outcome: v.optional(v.string()),
  failure: v.optional(v.object({ stage: v.string(), code: v.string() })),
  timings: v.record(v.string(), v.number()),
  uplinkAudio: v.optional(
    v.object({ received: v.number(), lost: v.number(), recovered: v.number(), late: v.number() }),
  ),
})
export type RecordedTurn = v.InferOutput<typeof recordedTurnSchema>

export const dataArguments = (dataDir: string): readonly string[] => ['--data-dir', dataDir]

/** The command line of a cloud: `serve` with its folder and ports. */
export const cloudArguments = ({ dataDir, ports }: Pick<CloudSettings, 'dataDir' | 'ports'>): readonly string[] => {
  const flag = (name: string, port: number | undefined) => (port === undefined ? [] : [name, String(port)])
  return [
    'serve',
    '--json',
    // It holds the other end of a pipe, so that it ends when the simulator does, even by SIGKILL.
    '--with-parent',
    ...dataArguments(dataDir),
    ...flag('--http-port', ports.httpPort),
    ...flag('--mqtt-port', ports.mqttPort),
    ...flag('--udp-port', ports.udpPort),
  ]
}

/** Undefined for every line but the one that says that the cloud serves. */
export const parseReadyLine = (line: string): CloudReady | undefined => {
  const parsed = v.safeParse(readySchema, parseJson(line))
  if (!parsed.success) return undefined
  const { http_url: url, mqtt_url: mqttUrl, setup_url: setupUrl } = parsed.output
  return {
    url: url.replace(/\/$/, ''),
    ports: { httpPort: Number(new URL(url).port), mqttPort: Number(new URL(mqttUrl).port) },
    ...(setupUrl === undefined ? {} : { setupUrl }),
  }
}

/** The token that `enrolment-token` prints alone on its line. */
export const parseTokenOutput = (output: string): string | undefined =>
  output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => parseEnrolmentToken(line).ok)

/** The turns that `turns --json` prints; undefined when a line is something else. */
export const parseTurnsOutput = (output: string): readonly RecordedTurn[] | undefined => {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const parsed = lines.map((line) => v.safeParse(recordedTurnSchema, parseJson(line)))
  const turns = parsed.flatMap((result) => (result.success ? [result.output] : []))
  return turns.length === lines.length ? turns : undefined
}

export const freePorts: CloudPorts = { httpPort: 0, mqttPort: 0, udpPort: 0 }

/** The Chinese model of this machine, when it is where tests expect it. */
const chineseModel = (): Readonly<Record<string, string>> => {
  const path = testDataPath('pocketsphinx-zh')
  return existsSync(path) ? { MYNAH_ZH_MODEL_DIR: path } : {}
}

/** A cloud that only this machine can reach. */
export const privateCloudEnvironment = (): Readonly<Record<string, string>> => ({
  MYNAH_HOST: '127.0.0.1',
  MYNAH_PUBLIC_HOST: '127.0.0.1',
  ...chineseModel(),
})

/** The configuration that a scenario's cloud needs beyond that. */
export const environmentFor = (needs: {
  readonly llmUrl?: string
  readonly voice?: 'dead'
}): Readonly<Record<string, string>> => ({
  ...(needs.llmUrl === undefined ? {} : { MYNAH_LLM_URL: needs.llmUrl, MYNAH_LLM_MODEL: 'scripted' }),
  // The Chinese voice is a program: a cloud that finds no programs has no Chinese voice.
  ...(needs.voice === 'dead' ? { PATH: '/nonexistent' } : {}),
})
