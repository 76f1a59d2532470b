import { existsSync } from 'node:fs'
import { parseEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import * as v from 'valibot'
import type { CloudPorts, CloudSettings } from './cloud-process.ts'
import { testDataPath } from './repository.ts'

/** What the simulator relies on of the cloud's command line: its options, its ready line and the output of its commands. */

/** What the cloud says of itself when it is ready to serve. */
export type CloudReady = {
  /** `http://host:port` under which this machine reaches it. */
  readonly url: string
  readonly ports: CloudPorts
  /** Where its owner signs in for the first time; absent when somebody has. */
  readonly setupUrl?: string
}

const portSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const readySchema = v.object({
  message: v.literal('ready'),
  http_port: portSchema,
  mqtt_port: portSchema,
  udp_port: portSchema,
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
})
export type RecordedTurn = v.InferOutput<typeof recordedTurnSchema>

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const dataArguments = (dataDir: string): readonly string[] => ['--data-dir', dataDir]

/** The command line of a cloud: `serve` with its folder and ports. */
export const cloudArguments = ({ dataDir, ports }: Pick<CloudSettings, 'dataDir' | 'ports'>): readonly string[] => {
  const flag = (name: string, port: number | undefined) => (port === undefined ? [] : [name, String(port)])
  return [
    'serve',
    '--json',
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
  const { http_port: httpPort, mqtt_port: mqttPort, udp_port: udpPort, setup_url: setupUrl } = parsed.output
  return {
    url: `http://127.0.0.1:${httpPort}`,
    ports: { httpPort, mqttPort, udpPort },
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
