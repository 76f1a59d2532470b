import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { publicKeySchema } from '@mynah/shared/firmware/manifest.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import * as v from 'valibot'

/**
 * Settings of the cloud. Each can come from a flag (`--http-port 9000`), the environment (`MYNAH_HTTP_PORT`) or the file
 * `cloud.json` in the data directory (`"http_port": 9000`), in this order.
 */
const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d+$/), v.transform(Number))]),
    v.number(),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  )
const port = wholeNumber(0, 65_535)
const onOff = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false', '1', '0', 'yes', 'no']),
    v.transform((text) => ['true', '1', 'yes'].includes(text)),
  ),
])
const addresses = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').map((one) => one.trim())),
  v.check((list) => list.every((one) => isIP(one) !== 0)),
  v.transform((list): ReadonlySet<string> => new Set(list)),
)
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4_000))
const urlOf = (...protocols: readonly string[]) =>
  v.pipe(
    v.string(),
    v.check((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1))),
  )
const timeZone = v.pipe(v.string(), v.check(isTimeZone))
const publicKeys = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').flatMap((key) => (key.trim() === '' ? [] : [key.trim()]))),
  v.array(publicKeySchema),
)
const address = v.pipe(v.string(), v.regex(/^(local|(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5})$/))

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

export const roles = ['all', 'gateway', 'bridge', 'speech'] as const
export type Role = (typeof roles)[number]

export const liveArrangements = ['process', 'inside'] as const

type Setting = { readonly schema: v.GenericSchema; readonly allowed: string; readonly secret?: true }
const setting = <const S extends v.GenericSchema>(schema: S, allowed: string) => ({ schema, allowed })

const settings = {
  data_dir: setting(v.optional(text, 'data'), 'a folder'),
  role: setting(v.optional(v.picklist(roles), 'all'), `one of ${roles.join(', ')}`),
  host: setting(v.optional(text, '0.0.0.0'), 'the address to listen on, 0.0.0.0 for all'),
  public_host: setting(v.optional(text), 'the name or address under which speakers reach this machine'),
  tell_network: setting(
    v.optional(onOff, true),
    'true or false: whether speakers on the local network can find this cloud',
  ),
  public_url: setting(v.optional(urlOf('http', 'https')), 'an http:// or https:// URL'),
  trust_proxy: setting(
    v.optional(v.union([onOff, addresses]), false),
    'the addresses of reverse proxies that may say for whom they ask, with commas between; true: anybody may',
  ),
  http_port: setting(v.optional(port, 8700), 'a port, 0 to 65535 (0 takes a free one)'),
  mqtt_port: setting(v.optional(port, 8783), 'a port, 0 to 65535 (0 takes a free one)'),
  mqtt_max_connections: setting(v.optional(wholeNumber(1, 19_000), 12_000), 'a number from 1 to 19000'),
  mqtt_tls_cert: setting(v.optional(text), 'a PEM file'),
  mqtt_tls_key: setting(v.optional(text), 'a PEM file'),
  mqtt_url: setting(v.optional(urlOf('mqtt', 'mqtts')), 'an mqtt:// or mqtts:// URL of a broker of your own'),
  mqtt_device_url: setting(v.optional(urlOf('mqtt', 'mqtts', 'ws', 'wss')), 'the broker URL that speakers are told'),
  mqtt_username: setting(v.optional(text, 'mynah-cloud'), 'a user name'),
  mqtt_password: { ...setting(v.optional(text), 'a password'), secret: true },
  udp_port: setting(v.optional(port, 8710), 'the first UDP port, 0 to 65535 (0 takes free ones)'),
  sounds_max_mb: setting(
    v.optional(wholeNumber(1, 1_000_000), 1_024),
    'megabytes that the kept sound of conversations may take, 1 to 1000000',
  ),
  audio_workers: setting(
    v.optional(wholeNumber(1, 64), Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))),
    'a number from 1 to 64',
  ),
  live: setting(
    v.optional(v.picklist(liveArrangements), 'process'),
    `where browsers are told what happens: "process", one of its own, or "inside", the cloud's`,
  ),
  speech_address: setting(v.optional(address, 'local'), '"local", or host:port of a Riva-compatible speech server'),
  speech_port: setting(v.optional(port, 0), 'a port, 0 to 65535 (0 takes a free one)'),
  speech_token: { ...setting(v.optional(text), 'the token of the speech server'), secret: true },
  speech_tls: setting(v.optional(onOff, false), 'true or false'),
  zh_model_dir: setting(v.optional(text), 'a folder with the Chinese pocketsphinx model'),
  models_dir: setting(v.optional(text), 'a folder with downloaded speech models'),
  llm_url: setting(
    v.optional(urlOf('http', 'https')),
    'the base URL of an OpenAI-compatible API, such as http://localhost:11434/v1',
  ),
  llm_model: setting(v.optional(text), 'the name of a model that the API serves'),
  llm_api_key: { ...setting(v.optional(text), 'an API key'), secret: true },
  llm_gguf: setting(v.optional(text), 'a GGUF file, run inside this process'),
  firmware_keys: setting(
    v.optional(publicKeys, ''),
    'public keys that may sign releases for speakers, with commas between (npm run firmware -- keys)',
  ),
  time_zone: setting(v.optional(timeZone, systemTimeZone()), 'an IANA time zone such as Europe/Zurich'),
  log_level: setting(v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'), 'debug, info, warn or error'),
  log_pii: setting(v.optional(onOff, false), 'true or false'),
} satisfies Record<string, Setting>

function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

type SettingName = keyof typeof settings
type Values = { [N in SettingName]: v.InferOutput<(typeof settings)[N]['schema']> }

export type CloudConfig = Readonly<Values>

export type ConfigProblem = {
  /** As it was written: `--http-port`, `MYNAH_HTTP_PORT` or `http_port in data/cloud.json`. */
  readonly key: string
  /** As it was written; a secret is not shown. */
  readonly value: string
  readonly allowed: string
}

export type ConfigSources = {
  /** Flags without the subcommand: `['--http-port', '9000', '--trust-proxy']`. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

type Given = { readonly key: string; readonly value: unknown }
type GivenValues = Map<SettingName, Given>

const settingNames = Object.keys(settings).filter(isSettingName)
function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}
const isSecret = (name: SettingName): boolean => 'secret' in settings[name]

/** One line per wrong setting: which, its value, and what is allowed. */
export const describeProblems = (problems: readonly ConfigProblem[]): string =>
  problems.map(({ key, value, allowed }) => `${key}: ${value} is not allowed. Allowed: ${allowed}`).join('\n')

const flagOf = (name: string) => `--${name.replaceAll('_', '-')}`
const envOf = (name: string) => `MYNAH_${name.toUpperCase()}`

/** Flags whose values nobody but the owner may see. */
export const secretFlags: ReadonlySet<string> = new Set(settingNames.filter(isSecret).map(flagOf))

/** The variables of an environment that are settings of the cloud. */
export const namesOfSettingsIn = (env: ConfigSources['env']): string[] =>
  [...readEnv(env).values()].map(({ key }) => key)

const unknownKey = (key: string, names: readonly string[]): ConfigProblem => ({
  key,
  value: 'this setting',
  allowed: names.join(', '),
})

const splitOnce = (flag: string): [string, string | undefined] => {
  const at = flag.indexOf('=')
  return at < 0 ? [flag, undefined] : [flag.slice(0, at), flag.slice(at + 1)]
}

const switches: ReadonlySet<SettingName> = new Set(['trust_proxy', 'speech_tls', 'log_pii'])

type ReadFlag =
  | { readonly name: SettingName; readonly given: Given; readonly consumed: number }
  | { readonly problem: ConfigProblem; readonly consumed: number }

/** `--name value`, `--name=value`, or a switch that stands alone. */
const readFlag = (argument: string, next: string | undefined): ReadFlag => {
  const [flag, inline] = splitOnce(argument)
  const hasNext = next !== undefined && !next.startsWith('--')
  const name = flag.slice(2).replaceAll('-', '_')
  if (!flag.startsWith('--') || !isSettingName(name)) {
    // The value of a flag that nobody knows is not a second mistake.
    return { problem: unknownKey(flag, settingNames.map(flagOf)), consumed: inline === undefined && hasNext ? 2 : 1 }
  }
  if (inline !== undefined) return { name, given: { key: flag, value: inline }, consumed: 1 }
  if (hasNext) return { name, given: { key: flag, value: next }, consumed: 2 }
  if (switches.has(name)) return { name, given: { key: flag, value: true }, consumed: 1 }
  return { problem: { key: flag, value: 'nothing', allowed: settings[name].allowed }, consumed: 1 }
}

const readFlags = (flags: readonly string[]): { given: GivenValues; problems: ConfigProblem[] } => {
  const given: GivenValues = new Map()
  const problems: ConfigProblem[] = []
  for (let index = 0; index < flags.length; ) {
    const read = readFlag(flags[index] ?? '', flags[index + 1])
    if ('problem' in read) problems.push(read.problem)
    else given.set(read.name, read.given)
    index += read.consumed
  }
  return { given, problems }
}

const readEnv = (env: ConfigSources['env']): GivenValues =>
  new Map(
    settingNames.flatMap((name): [SettingName, Given][] => {
      const value = env[envOf(name)]
      return value === undefined || value === '' ? [] : [[name, { key: envOf(name), value }]]
    }),
  )

const readFile = (path: string): { given: GivenValues; problems: ConfigProblem[] } => {
  const given: GivenValues = new Map()
  if (!existsSync(path)) return { given, problems: [] }
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), parseJson(path))
  if (!parsed.success) {
    return { given, problems: [{ key: path, value: 'its content', allowed: 'a JSON object of settings' }] }
  }
  const problems: ConfigProblem[] = []
  for (const [name, value] of Object.entries(parsed.output)) {
    const key = `${name} in ${path}`
    if (isSettingName(name) && name !== 'data_dir') given.set(name, { key, value })
    else
      problems.push(
        unknownKey(
          key,
          settingNames.filter((known) => known !== 'data_dir'),
        ),
      )
  }
  return { given, problems }
}

const parseJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Settings that only make sense together. */
const crossProblems = (values: Values): ConfigProblem[] => {
  const needs = (name: SettingName, other: SettingName): ConfigProblem[] =>
    values[name] !== undefined && values[other] === undefined
      ? [{ key: flagOf(name), value: `without ${flagOf(other)}`, allowed: `both, or neither` }]
      : []
  return [
    ...needs('mqtt_tls_cert', 'mqtt_tls_key'),
    ...needs('mqtt_tls_key', 'mqtt_tls_cert'),
    ...needs('mqtt_url', 'mqtt_password'),
    ...needs('llm_url', 'llm_model'),
  ]
}

/** Every wrong setting is reported, not only the first. */
export const readConfig = (sources: ConfigSources): Result<CloudConfig, readonly ConfigProblem[]> => {
  const flags = readFlags(sources.flags)
  const env = readEnv(sources.env)
  const dataDir = String((flags.given.get('data_dir') ?? env.get('data_dir'))?.value ?? 'data')
  const file = readFile(join(dataDir, 'cloud.json'))
  const given: GivenValues = new Map([...file.given, ...env, ...flags.given])
  const problems = [...flags.problems, ...file.problems]
  const values: Record<string, unknown> = {}
  for (const name of settingNames) {
    const one = given.get(name)
    const parsed = v.safeParse(settings[name].schema, one?.value)
    if (parsed.success) values[name] = parsed.output
    else {
      const shown = isSecret(name) ? '(hidden)' : JSON.stringify(one?.value).slice(0, 200)
      problems.push({ key: one?.key ?? name, value: shown, allowed: settings[name].allowed })
    }
  }
  if (problems.length > 0) return refuse(problems)
  // Each value has just passed the schema of its name.
  const config = values as Values
  const cross = crossProblems(config)
  if (cross.length > 0) return refuse(cross)
  return ok({ ...config, data_dir: resolve(config.data_dir) })
}

/** All settings with their flags, for `--help`. */
export const describeSettings = (): string =>
  settingNames.map((name) => `  ${flagOf(name).padEnd(24)} ${settings[name].allowed}`).join('\n')
