import { parseArgs } from 'node:util'
import { publicKeySchema } from '@mynah/shared/firmware/manifest.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { ownWordNameSchema } from '@mynah/shared/wire/own-words.ts'
import { deviceIdSchema, languageSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'

const url = v.pipe(
  v.string(),
  v.check((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'an http or https URL is needed'),
)
const logLevel = v.picklist(['debug', 'info', 'warn', 'error'])

/** `mynah` is the speaker's own; the others stand between it and the sound card (hardware/sound/echo-canceller). */
const echoCanceller = v.optional(v.picklist(['none', 'mynah', 'webrtc', 'speex']), 'none')

const gpio = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,2}$/, 'the number of a GPIO line is needed'), v.transform(Number)),
)

const runSchema = v.object({
  command: v.literal('run'),
  store: v.pipe(v.string(), v.minLength(1, 'a folder is needed')),
  microphone: v.optional(v.string(), 'alsa:default'),
  loudspeaker: v.optional(v.string(), 'alsa:default'),
  echoCanceller,
  zhModelDir: v.optional(v.string()),
  /** A speech server in the house that hears while the cloud is away. */
  lanSpeech: v.optional(url),
  /** Folder of the two slots (hardware/first-boot/launch); without it offered releases are not taken. */
  slots: v.optional(v.string()),
  firmwareKeys: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',').map((key) => key.trim())),
      v.array(publicKeySchema),
    ),
  ),
  /** `apa102:3`: that many lights on the SPI. */
  lights: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(none|apa102:[1-9]\d?)$/, '"apa102:COUNT" or "none" is needed'),
      v.transform((text) => Number(text.split(':')[1] ?? 0)),
    ),
  ),
  button: gpio,
  muteButton: gpio,
  /** A switch that has the last word over the microphone. */
  muteSwitch: gpio,
  /** Whom a speaker without an owner asks for one, and in which language. */
  cloud: v.optional(url),
  language: v.optional(languageSchema, 'en'),
  /** So many recordings of what nearly woke it are kept, on this device only. */
  nearMisses: v.optional(v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'a number up to 999'), v.transform(Number)), '0'),
  /** Picovoice's AccessKey: its words are then heard by Porcupine. */
  porcupineKey: v.optional(v.string()),
  /** Words of the owner's own for Porcupine: `name=FILE.ppn,name=FILE.ppn`. */
  porcupineWords: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*$/, 'WORD=FILE.ppn is needed, several with commas between them'),
      v.transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.trim().split('=')))),
      v.record(v.string(), v.string()),
    ),
  ),
  /** Folder of a sherpa-onnx model for keyword spotting. */
  keywordModel: v.optional(v.pipe(v.string(), v.minLength(1, 'a folder is needed'))),
  logLevel: v.optional(logLevel, 'info'),
})
const enrolSchema = v.object({
  command: v.literal('enrol'),
  store: v.pipe(v.string(), v.minLength(1, 'a folder is needed')),
  cloud: url,
  token: v.pipe(v.string(), v.minLength(1, 'the token of a card is needed')),
  deviceId: v.optional(deviceIdSchema),
  logLevel: v.optional(logLevel, 'info'),
})
/** A wake word of the owner's own: recorded, forgotten, listed. */
const enrolWordSchema = v.object({
  command: v.literal('enrol_word'),
  store: v.pipe(v.string(), v.minLength(1, 'a folder is needed')),
  word: ownWordNameSchema,
  microphone: v.optional(v.string(), 'alsa:default'),
  logLevel: v.optional(logLevel, 'warn'),
})
const forgetWordSchema = v.object({
  command: v.literal('forget'),
  store: v.pipe(v.string(), v.minLength(1, 'a folder is needed')),
  word: ownWordNameSchema,
  logLevel: v.optional(logLevel, 'warn'),
})
const listWordsSchema = v.object({
  command: v.literal('words'),
  store: v.pipe(v.string(), v.minLength(1, 'a folder is needed')),
  logLevel: v.optional(logLevel, 'warn'),
})
/** What is wrong with this speaker, and what to do. */
const doctorSchema = v.object({
  command: v.literal('doctor'),
  store: v.pipe(v.string(), v.minLength(1, 'a folder is needed')),
  microphone: v.optional(v.string(), 'alsa:default'),
  loudspeaker: v.optional(v.string(), 'alsa:default'),
  echoCanceller,
  zhModelDir: v.optional(v.string()),
  cloud: v.optional(url),
  language: v.optional(languageSchema, 'en'),
  json: v.optional(v.boolean(), false),
  logLevel: v.optional(logLevel, 'error'),
})
const schema = v.variant('command', [
  doctorSchema,
  runSchema,
  enrolSchema,
  enrolWordSchema,
  forgetWordSchema,
  listWordsSchema,
  v.object({ command: v.literal('help') }),
])

export type MainArguments = v.InferOutput<typeof schema>

export const usage = `Usage:
  main.ts run   --store DIR [--microphone alsa:default|file:IN.wav] [--loudspeaker alsa:default|file:OUT.wav]
                [--cloud URL [--language en|zh]]  a new speaker says a code, to be typed in the panel of that cloud
                [--slots DIR --firmware-keys KEY,KEY]  takes releases that one of these keys has signed
                [--pocketsphinx-zh DIR]  the Mandarin model for commands without the cloud
                [--lan-speech http://HOST:PORT]  a Riva speech server in the house, asked first while the cloud is away
                [--echo-canceller mynah]  takes its own voice out of what it hears, on a sound card that does not
                [--lights apa102:3] [--button GPIO] [--mute-button GPIO] [--mute-switch GPIO]  of a Raspberry Pi
                [--keyword-model DIR]  a sherpa-onnx keyword model: its words wake it too, whoever says them
                [--porcupine-words NAME=FILE.ppn,...]  with MYNAH_PORCUPINE_KEY: Porcupine hears its words and these
                [--near-misses N]  keeps the last N sounds that nearly woke it, here and nowhere else
  main.ts enrol --store DIR --cloud URL --token TOKEN [--device-id ID]
  main.ts enroll --store DIR --word WORD [--microphone ...]  records a wake word of your own, three times
  main.ts words --store DIR                lists those words; "forget --store DIR --word WORD" deletes one
  main.ts doctor --store DIR [--microphone ...] [--loudspeaker ...] [--echo-canceller mynah] [--language en|zh] [--json]
                says what is wrong with this speaker and what to do; exit code 1 when something must be mended
  Sound: alsa:default, alsa:card=NAME, file:PATH; microphone also lpcm16:DEVICE, loudspeaker also speaker:DEVICE
         (through npm packages that the offline bundle has not)
  main.ts help                             says this
  All: [--log-level debug|info|warn|error]
Each flag may come from the environment instead: MYNAH_STORE, MYNAH_MICROPHONE, MYNAH_LOUDSPEAKER, MYNAH_CLOUD,
MYNAH_LANGUAGE, MYNAH_TOKEN, MYNAH_DEVICE_ID, MYNAH_POCKETSPHINX_ZH, MYNAH_LAN_SPEECH, MYNAH_SLOTS,
MYNAH_FIRMWARE_KEYS, MYNAH_NEAR_MISSES, MYNAH_ECHO_CANCELLER, MYNAH_LIGHTS, MYNAH_BUTTON, MYNAH_MUTE_BUTTON,
MYNAH_MUTE_SWITCH, MYNAH_KEYWORD_MODEL, MYNAH_PORCUPINE_WORDS, MYNAH_LOG_LEVEL. A flag wins.
MYNAH_PORCUPINE_KEY, an AccessKey of Picovoice, is taken from the environment alone: who lists processes would see it.`

const flags = {
  store: { type: 'string' },
  cloud: { type: 'string' },
  token: { type: 'string' },
  word: { type: 'string' },
  'device-id': { type: 'string' },
  microphone: { type: 'string' },
  loudspeaker: { type: 'string' },
  'pocketsphinx-zh': { type: 'string' },
  slots: { type: 'string' },
  'echo-canceller': { type: 'string' },
  'near-misses': { type: 'string' },
  'keyword-model': { type: 'string' },
  'porcupine-words': { type: 'string' },
  'firmware-keys': { type: 'string' },
  language: { type: 'string' },
  'log-level': { type: 'string' },
  lights: { type: 'string' },
  button: { type: 'string' },
  'mute-button': { type: 'string' },
  'mute-switch': { type: 'string' },
  'lan-speech': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const names = {
  'device-id': 'deviceId',
  'pocketsphinx-zh': 'zhModelDir',
  'echo-canceller': 'echoCanceller',
  'near-misses': 'nearMisses',
  'keyword-model': 'keywordModel',
  'porcupine-words': 'porcupineWords',
  'firmware-keys': 'firmwareKeys',
  'log-level': 'logLevel',
  'mute-button': 'muteButton',
  'mute-switch': 'muteSwitch',
  'lan-speech': 'lanSpeech',
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** The command line and the environment as one checked value; the refusal is a sentence for a person. */
export const parseArguments = (args: readonly string[], environment: Environment): Result<MainArguments, string> => {
  const parsed = parseFlags(args)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  if (values.help) return ok({ command: 'help' })
  const given: Record<string, string | boolean> = { command: commandOf(positionals[0], values.word !== undefined) }
  if (positionals.length > 1) return refuse(`one command is needed, got ${positionals.join(' ')}`)
  for (const flag of Object.keys(flags) as (keyof typeof flags)[]) {
    const name = flag in names ? names[flag as keyof typeof names] : flag // `in` does not narrow a key
    const value = values[flag] ?? environment[`MYNAH_${flag.replaceAll('-', '_').toUpperCase()}`]
    if (value !== undefined) given[name] = value
  }
  if (environment.MYNAH_PORCUPINE_KEY) given.porcupineKey = environment.MYNAH_PORCUPINE_KEY
  const checked = v.safeParse(schema, given)
  if (checked.success) return ok(checked.output)
  return refuse(checked.issues.map((issue) => `${v.getDotPath(issue) ?? 'arguments'}: ${issue.message}`).join('\n'))
}

/** British or American; what is enrolled, the speaker or a word, is told by the flags. */
const commandOf = (name = 'run', ofWord: boolean): string => {
  if (name !== 'enrol' && name !== 'enroll') return name
  return ofWord ? 'enrol_word' : 'enrol'
}

const parseFlags = (args: readonly string[]) => {
  try {
    return ok(parseArgs({ args: [...args], options: flags, allowPositionals: true }))
  } catch (error) {
    // parseArgs says by an exception which flag it does not know.
    return refuse(error instanceof Error ? error.message : String(error))
  }
}
