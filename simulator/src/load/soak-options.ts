import { parseArgs } from 'node:util'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { LoadOptions, UsageError } from './load-options.ts'

export type SoakOptions = { readonly minutes: number; readonly load: LoadOptions }

const options = {
  minutes: { type: 'string', default: '10' },
  devices: { type: 'string', default: '200' },
  streams: { type: 'string', default: '10' },
  api: { type: 'string', default: '20' },
  browsers: { type: 'string', default: '10' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export const soakHelp = `npm run soak -- [options]: a steady load for a long time, with faults on purpose.
  --minutes N    how long (10)
  --devices N, --streams N, --api RPS, --browsers N   the load (200, 10, 20, 10)
Every 20 seconds something goes wrong on purpose, in turn: the wall clock jumps by hours, forwards and back; the audio worker is killed, or
cut off for some seconds; so is the speech server; the process that tells browsers is killed; a third of the speakers' connections is cut; the control process stalls; the disk is crowded.
At the end nothing that was acknowledged may be lost, and memory and descriptors must not have grown.`

const most = { minutes: 10_000, devices: 20_000, streams: 5_000, api: 50_000, browsers: 20_000 } as const

/** Reads the command line; `help` when it was asked for. */
export const parseSoakOptions = (args: readonly string[]): Result<SoakOptions | 'help', UsageError> => {
  const usage = (message: string) => refuse({ code: 'usage', message } as const)
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    values = parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    // parseArgs throws a TypeError with an ERR_PARSE_ARGS_* code for what the user typed; anything else is a bug.
    if (error instanceof TypeError && 'code' in error) return usage(error.message)
    throw error
  }
  if (values.help) return ok('help')
  for (const [name, limit] of Object.entries(most) as [keyof typeof most, number][]) {
    const number = /^\d+(\.\d+)?$/.test(values[name]) ? Number(values[name]) : Number.NaN
    const isWhole = name === 'minutes' || Number.isInteger(number)
    if (!(number > 0 && number <= limit && isWhole))
      return usage(`--${name} takes a number up to ${limit}, not "${values[name]}"`)
  }
  const load = {
    devices: Number(values.devices),
    streams: Number(values.streams),
    apiRps: Number(values.api),
    browsers: Number(values.browsers),
    seconds: Math.round(Number(values.minutes) * 60),
    statusEverySeconds: 30,
    engines: 'scripted',
    json: false,
  } as const
  if (load.streams > load.devices)
    return usage(`--streams ${load.streams} needs as many speakers, but --devices is ${load.devices}`)
  return ok({ minutes: Number(values.minutes), load })
}
