import { parseArgs } from 'node:util'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

export type LoadOptions = {
  /** Speakers that stay connected. */
  readonly devices: number
  /** Conversations at once; each begins again when it has ended. */
  readonly streams: number
  /** API requests per second, whether answers come or not. */
  readonly apiRps: number
  /** Settings changed per second; some for each hundred speakers when absent. */
  readonly configsRps?: number
  /** Browsers that watch. */
  readonly browsers: number
  /** How long the full load is held and measured. */
  readonly seconds: number
  /** Between two statuses of a speaker; 30 is what a speaker does. */
  readonly statusEverySeconds: number
  readonly engines: 'scripted' | 'real'
  readonly json: boolean
  /** Where CPU profiles of the cloud's processes go. */
  readonly profileDir?: string
  /** Where the cloud keeps its data; a temporary folder of the system by default. */
  readonly dataRoot?: string
}

export type UsageError = { readonly code: 'usage'; readonly message: string }
const usage = (message: string) => refuse({ code: 'usage', message } as const)

const limits = {
  devices: { min: 1, max: 20_000, standard: 200 },
  streams: { min: 0, max: 5_000, standard: 20 },
  api: { min: 0, max: 50_000, standard: 50 },
  browsers: { min: 0, max: 20_000, standard: 20 },
  seconds: { min: 1, max: 86_400, standard: 5 },
  'status-every': { min: 1, max: 3_600, standard: 30 },
  configs: { min: 0, max: 1_000, standard: 0 },
} as const
type LimitName = keyof typeof limits

const options = {
  devices: { type: 'string' },
  streams: { type: 'string' },
  api: { type: 'string' },
  configs: { type: 'string' },
  browsers: { type: 'string' },
  seconds: { type: 'string' },
  'status-every': { type: 'string' },
  engines: { type: 'string', default: 'scripted' },
  json: { type: 'boolean', default: false },
  profile: { type: 'string' },
  'data-root': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export const loadHelp = `npm run load -- [options]: a cloud of its own under load, on this machine alone, with every answer checked.
  --devices N     speakers that stay connected (${limits.devices.standard})
  --streams N     conversations at once, at most one per speaker (${limits.streams.standard})
  --api RPS       API requests per second (${limits.api.standard})
  --configs RPS   settings changed per second (one for each 50 speakers, 1 to 20)
  --browsers N    browsers that watch live (${limits.browsers.standard})
  --seconds S     how long the full load is held (${limits.seconds.standard})
  --status-every S  seconds between two statuses of a speaker (30)
  --engines scripted|real   engines of fixed delay in a process of their own, or the real grammar recogniser and voice
  --json          the last line is one JSON object; everything else goes to the error stream
  --profile DIR   CPU profiles of the cloud's processes
  --data-root DIR where the cloud's temporary data lies
Exit codes: 0 every check passed, 1 a check failed, 2 wrong input or too few file descriptors.`

const read = (args: readonly string[]) => {
  try {
    return ok(parseArgs({ args: [...args], options, strict: true }).values)
  } catch (error) {
    // parseArgs throws a TypeError with an ERR_PARSE_ARGS_* code for what the user typed; anything else is a bug.
    if (error instanceof TypeError && 'code' in error)
      return usage(error.message.split('. To specify')[0] ?? error.message)
    throw error
  }
}

const numberOf = (name: LimitName, text: string | undefined): Result<number, UsageError> => {
  const { min, max, standard } = limits[name]
  if (text === undefined) return ok(standard)
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number >= min && number <= max
    ? ok(number)
    : usage(`--${name} takes a whole number from ${min} to ${max}, not "${text}"`)
}

/** Reads the command line; `help` when it was asked for. */
export const parseLoadOptions = (args: readonly string[]): Result<LoadOptions | 'help', UsageError> => {
  const values = read(args)
  if (!values.ok) return values
  if (values.value.help) return ok('help')
  const numbers: Partial<Record<LimitName, number>> = {}
  for (const name of ['devices', 'streams', 'api', 'configs', 'browsers', 'seconds', 'status-every'] as const) {
    const number = numberOf(name, values.value[name])
    if (!number.ok) return number
    numbers[name] = number.value
  }
  const {
    devices = 0,
    streams = 0,
    api = 0,
    configs = 0,
    browsers = 0,
    seconds = 0,
    'status-every': statusEverySeconds = 30,
  } = numbers
  const { engines, json, profile, 'data-root': dataRoot } = values.value
  if (engines !== 'scripted' && engines !== 'real') return usage(`--engines takes scripted or real, not "${engines}"`)
  if (streams > devices) return usage(`--streams ${streams} needs as many speakers, but --devices is ${devices}`)
  return ok({
    devices,
    streams,
    apiRps: api,
    browsers,
    seconds,
    statusEverySeconds,
    engines,
    json,
    ...(values.value.configs !== undefined && { configsRps: configs }),
    ...(profile !== undefined && { profileDir: profile }),
    ...(dataRoot !== undefined && { dataRoot }),
  })
}
