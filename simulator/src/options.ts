import { type ParseArgsConfig, parseArgs } from 'node:util'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'

/** Where the cloud of a command is. */
export type CloudChoice =
  /** A cloud of its own for this command, in a temporary folder, removed afterwards. */
  { readonly type: 'private' } | { readonly type: 'running'; readonly url: URL; readonly token?: string }

export type CommonOptions = {
  readonly cloud: CloudChoice
  readonly json: boolean
  readonly language: Language
  readonly voice?: string
  /** Kitchen-like noise this far below the voice; none when absent. */
  readonly noiseSnrDb?: number
  /** Share of datagrams lost each way, 0 to 1. */
  readonly loss: number
  readonly replyPath?: string
  readonly verbose: boolean
}

export type Command =
  | { readonly type: 'help'; readonly topic?: string }
  | { readonly type: 'say'; readonly text: string; readonly options: CommonOptions }
  | { readonly type: 'play'; readonly path: string; readonly options: CommonOptions }
  | { readonly type: 'text'; readonly text: string; readonly options: CommonOptions }
  | {
      readonly type: 'mic'
      /** Sound backends as the device names them: `alsa:default`, `file:speech.wav`. */
      readonly microphone: string
      readonly loudspeaker: string
      readonly options: CommonOptions
    }
  | { readonly type: 'interactive'; readonly options: CommonOptions }
  | { readonly type: 'scenario'; readonly name: string; readonly times: number; readonly options: CommonOptions }
  | { readonly type: 'latency'; readonly turns: number; readonly options: CommonOptions }
  | { readonly type: 'start'; readonly ports: StartPorts; readonly dataDir?: string; readonly options: CommonOptions }

export type StartPorts = { readonly httpPort?: number; readonly mqttPort?: number; readonly udpPort?: number }

export type UsageError = { readonly code: 'usage'; readonly message: string }

const usage = (message: string) => refuse({ code: 'usage', message } as const)

const commonOptions = {
  cloud: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean', default: false },
  lang: { type: 'string', default: 'en' },
  voice: { type: 'string' },
  snr: { type: 'string' },
  loss: { type: 'string', default: '0' },
  out: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options']

const ownOptions = {
  mic: {
    microphone: { type: 'string', default: 'alsa:default' },
    loudspeaker: { type: 'string', default: 'alsa:default' },
  },
  latency: { turns: { type: 'string', default: '30' } },
  scenario: { times: { type: 'string', default: '1' } },
  start: {
    'http-port': { type: 'string' },
    'mqtt-port': { type: 'string' },
    'udp-port': { type: 'string' },
    data: { type: 'string' },
  },
} as const satisfies Record<string, ParseArgsConfig['options']>

export const commandNames = ['say', 'play', 'text', 'mic', 'interactive', 'scenario', 'latency', 'start'] as const
type CommandName = (typeof commandNames)[number]

const isCommandName = (name: string): name is CommandName => commandNames.some((known) => known === name)

type Values = Readonly<Record<string, string | boolean | undefined>>

const textOf = (values: Values, name: string): string | undefined => {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

const numberOf = (
  values: Values,
  name: string,
  limits: { readonly min: number; readonly max: number; readonly integer?: boolean },
): Result<number | undefined, UsageError> => {
  const text = textOf(values, name)
  if (text === undefined) return ok(undefined)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  const kind = limits.integer ? 'a whole number' : 'a number'
  const fits = number >= limits.min && number <= limits.max && (!limits.integer || Number.isInteger(number))
  return fits ? ok(number) : usage(`--${name} takes ${kind} from ${limits.min} to ${limits.max}, not "${text}"`)
}

const cloudChoiceOf = (values: Values): Result<CloudChoice, UsageError> => {
  const address = textOf(values, 'cloud')
  const token = textOf(values, 'token')
  if (address === undefined)
    return token === undefined
      ? ok({ type: 'private' })
      : usage('--token belongs to --cloud URL: which cloud is it for?')
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    return usage(`--cloud takes the cloud's address, such as http://127.0.0.1:8080, not "${address}"`)
  return ok({ type: 'running', url, ...(token === undefined ? {} : { token }) })
}

const commonOf = (values: Values): Result<CommonOptions, UsageError> => {
  const cloud = cloudChoiceOf(values)
  if (!cloud.ok) return cloud
  const language = textOf(values, 'lang')
  if (language !== 'en' && language !== 'zh') return usage(`--lang takes en or zh, not "${language}"`)
  const snr = numberOf(values, 'snr', { min: -10, max: 60 })
  if (!snr.ok) return snr
  const loss = numberOf(values, 'loss', { min: 0, max: 100 })
  if (!loss.ok) return loss
  const voice = textOf(values, 'voice')
  const replyPath = textOf(values, 'out')
  return ok({
    cloud: cloud.value,
    json: values.json === true,
    language,
    loss: (loss.value ?? 0) / 100,
    verbose: values.verbose === true,
    ...(voice === undefined ? {} : { voice }),
    ...(snr.value === undefined ? {} : { noiseSnrDb: snr.value }),
    ...(replyPath === undefined ? {} : { replyPath }),
  })
}

const missing: Record<string, string> = {
  say: 'say needs a sentence: say "hey jarvis, what time is it"',
  play: 'play needs a WAV file: play recording.wav',
  text: 'text needs a sentence: text "what time is it"',
  scenario: 'scenario needs a name, all or list: scenario hello',
}

const operandOf = (name: CommandName, positionals: readonly string[]): Result<string, UsageError> => {
  const [first, second] = positionals
  const sentence = missing[name]
  if (sentence === undefined)
    return first === undefined ? ok('') : usage(`${name} takes no argument, but got "${first}"`)
  if (first === undefined || first.trim() === '') return usage(sentence)
  if (second !== undefined)
    return usage(`${name} takes one argument, but got ${positionals.length}: put the sentence in quotes`)
  if ((name === 'say' || name === 'text') && first.length > 1_000)
    return usage(`A sentence has at most 1000 characters, this one has ${first.length}`)
  return ok(first)
}

const startOf = (values: Values, options: CommonOptions): Result<Command, UsageError> => {
  const ports: { httpPort?: number; mqttPort?: number; udpPort?: number } = {}
  for (const [flag, field] of [
    ['http-port', 'httpPort'],
    ['mqtt-port', 'mqttPort'],
    ['udp-port', 'udpPort'],
  ] as const) {
    const port = numberOf(values, flag, { min: 0, max: 65_535, integer: true })
    if (!port.ok) return port
    if (port.value !== undefined) ports[field] = port.value
  }
  if (options.cloud.type === 'running')
    return usage('start brings its own cloud: use say or interactive with --cloud URL')
  const dataDir = textOf(values, 'data')
  return ok({ type: 'start', ports, options, ...(dataDir === undefined ? {} : { dataDir }) })
}

const buildCommand = (name: CommandName, operand: string, values: Values): Result<Command, UsageError> => {
  const common = commonOf(values)
  if (!common.ok) return common
  const options = common.value
  switch (name) {
    case 'say':
    case 'text':
      return ok({ type: name, text: operand, options })
    case 'play':
      return ok({ type: name, path: operand, options })
    case 'scenario': {
      const times = numberOf(values, 'times', { min: 1, max: 1_000, integer: true })
      return times.ok ? ok({ type: 'scenario', name: operand, times: times.value ?? 1, options }) : times
    }
    case 'interactive':
      return ok({ type: name, options })
    case 'mic':
      return ok({
        type: name,
        microphone: textOf(values, 'microphone') ?? '',
        loudspeaker: textOf(values, 'loudspeaker') ?? '',
        options,
      })
    case 'latency': {
      const turns = numberOf(values, 'turns', { min: 1, max: 10_000, integer: true })
      return turns.ok ? ok({ type: 'latency', turns: turns.value ?? 30, options }) : turns
    }
    case 'start':
      return startOf(values, options)
  }
}

const readArguments = (args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) => {
  try {
    return ok(parseArgs({ args: [...args], options, allowPositionals: true, strict: true }))
  } catch (error) {
    // parseArgs throws a TypeError with an ERR_PARSE_ARGS_* code for what the user typed; anything else is a bug.
    if (error instanceof TypeError && 'code' in error)
      return usage(error.message.split('. To specify')[0] ?? error.message)
    throw error
  }
}

/** Reads a command line (without `node` and the script). Every mistake of the user is a `usage` error with a sentence. */
export const parseCommand = (args: readonly string[]): Result<Command, UsageError> => {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return ok({ type: 'help' })
  if (!isCommandName(name)) return usage(`There is no command "${name}". Commands: ${commandNames.join(', ')}`)
  // `in` does not narrow to the keys of an object.
  const own = name in ownOptions ? ownOptions[name as keyof typeof ownOptions] : {}
  const read = readArguments(rest, { ...commonOptions, ...own })
  if (!read.ok) return read
  // parseArgs gives arrays only for options declared `multiple`, and none is.
  const values = read.value.values as Values
  if (values.help === true) return ok({ type: 'help', topic: name })
  const operand = operandOf(name, read.value.positionals)
  return operand.ok ? buildCommand(name, operand.value, values) : operand
}
