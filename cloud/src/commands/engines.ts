import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createDialogue } from '../dialogue/create-dialogue.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import type { TextToSpeech } from '../providers/stages.ts'
import { createRivaTextToSpeech } from '../providers/tts/riva.ts'
import { findLocalEngines } from '../speech/local-engines.ts'
import { startSpeechServer } from '../speech/server.ts'
import { createSpeechChild, type SpeechReady } from '../supervise/speech-child.ts'
import { createSpeechHealth } from '../supervise/speech-health.ts'
import type { SupervisedChild } from '../supervise/supervised-child.ts'
import type { CloudDeps } from './cloud-deps.ts'
import { connectLanguageModel } from './language-model.ts'

/** What understands and speaks: the speech service, the dialogue and its language model. */
export type Engines = {
  readonly speechAddress: string
  readonly tts: TextToSpeech
  readonly dialogue: Dialogue
  /** One phrase for the status page. */
  readonly languageModel: string
  /** Resolves when the speech service serves, or when it is taking too long, which is logged. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>
  readonly speechStatus: () => Promise<{ readonly ready: boolean; readonly detail: string }>
}

const random = () => randomInt(2 ** 32) / 2 ** 32
const speechStartLimitMs = 30_000
const loopback = '127.0.0.1'
const speechGraceMs = 1_000

/** A port that was free a moment ago. The child's address must be known before it runs: everything else starts meanwhile. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, loopback)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

type Speech = { readonly address: string; readonly untilReady: (signal: AbortSignal) => Promise<void> }

/** The speech service: the configured one, or a child of its own. */
const startSpeech = async (deps: CloudDeps): Promise<Speech> => {
  const { config, clock, log, parts, env, program } = deps
  if (config.speech_address !== 'local') return { address: config.speech_address, untilReady: async () => {} }
  const port = config.speech_port === 0 ? await freePort() : config.speech_port
  const child = createSpeechChild({ clock, log, random, config, program, env, port })
  parts.run('speech service', child.run)
  return { address: `${loopback}:${port}`, untilReady: (signal) => untilChildReady(child, deps, signal) }
}

/** A cloud without speech still serves its speakers' timers, their settings and its owner: it starts, and says so. */
const untilChildReady = async (child: SupervisedChild<SpeechReady>, { clock, log }: CloudDeps, signal: AbortSignal) => {
  const patience = new AbortController()
  const giveUp = () => patience.abort()
  signal.addEventListener('abort', giveUp, { once: true })
  const timer = clock.startTimer(speechStartLimitMs, giveUp)
  const ready = await child.firstReady(patience.signal)
  timer.cancel()
  signal.removeEventListener('abort', giveUp)
  if (!ready && !signal.aborted) log.error('the speech service has not started yet', { waitedMs: speechStartLimitMs })
}

export const startEngines = async (deps: CloudDeps): Promise<Engines> => {
  const { clock, log, config, parts } = deps
  const { languageModel, described } = await connectLanguageModel(deps)
  const speech = await startSpeech(deps)
  const speechAddress = speech.address
  const health = createSpeechHealth({
    clock,
    address: speechAddress,
    tls: config.speech_tls,
    ...(config.speech_token !== undefined && { token: config.speech_token }),
  })
  parts.add('speech health', health.close)
  const tts = createRivaTextToSpeech({
    clock,
    address: speechAddress,
    tls: config.speech_tls,
    ...(config.speech_token !== undefined && { token: config.speech_token }),
  })
  parts.add('voice', async () => tts.close())
  return {
    speechAddress,
    tts,
    dialogue: createDialogue({ clock, log, random, ...(languageModel && { languageModel }) }),
    languageModel: described,
    untilReady: speech.untilReady,
    speechStatus: async () => ({ ready: await health.check(), detail: speechAddress }),
  }
}

/** `--role speech`: the speech service alone, for a child of the cloud or a machine of its own. */
export const startSpeechAlone = async (deps: CloudDeps, _signal: AbortSignal): Promise<SpeechReady> => {
  const { clock, log, config, parts } = deps
  const engines = findLocalEngines({
    clock,
    log,
    ...(config.zh_model_dir !== undefined && { zhModelDir: config.zh_model_dir }),
  })
  const server = await startSpeechServer({
    clock,
    log,
    ...engines,
    address: {
      host: config.host,
      port: config.speech_port,
      ...(config.speech_token !== undefined && { token: config.speech_token }),
    },
  })
  parts.add('speech server', () => server.close(speechGraceMs))
  // The first turn must not pay for loading; a model that cannot be loaded is known now, not then.
  await Promise.all(engines.recognisers.map((recogniser) => recogniser.warm()))
  return { speech_address: `${config.host}:${server.port}` }
}
