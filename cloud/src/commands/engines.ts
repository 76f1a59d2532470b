import { randomInt } from 'node:crypto'
import { createDialogue } from '../dialogue/create-dialogue.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import { StageError, type TextToSpeech } from '../providers/stages.ts'
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
  readonly speechStatus: () => Promise<{ readonly ready: boolean; readonly detail: string }>
}

const random = () => randomInt(2 ** 32) / 2 ** 32
const speechStartLimitMs = 30_000

const noVoice: TextToSpeech = {
  // biome-ignore lint/correctness/useYield: there is nothing to yield
  synthesize: async function* () {
    throw new StageError('tts', 'unavailable', 'no speech service is connected')
  },
}

/** Resolves with the address of the child, as soon as it serves. Rejects when it does not within half a minute. */
const waitForChild = async (child: SupervisedChild<SpeechReady>, { clock }: CloudDeps, signal: AbortSignal) => {
  const patience = new AbortController()
  const giveUp = () => patience.abort()
  signal.addEventListener('abort', giveUp, { once: true })
  const timer = clock.startTimer(speechStartLimitMs, giveUp)
  const ready = await child.firstReady(patience.signal)
  timer.cancel()
  signal.removeEventListener('abort', giveUp)
  if (ready) return ready.speech_address
  throw new Error(`the speech service did not start within ${speechStartLimitMs / 1_000} s; the log says why`)
}

/** The address of the speech service: the configured one, or that of a child of its own. */
const startSpeech = async (deps: CloudDeps, signal: AbortSignal): Promise<string> => {
  const { config, clock, log, parts, env, program } = deps
  if (config.speech_address !== 'local') return config.speech_address
  const child = createSpeechChild({ clock, log, random, config, program, env })
  parts.run('speech service', child.run)
  return waitForChild(child, deps, signal)
}

export const startEngines = async (deps: CloudDeps, signal: AbortSignal): Promise<Engines> => {
  const { clock, log, config, parts } = deps
  const { languageModel, described } = await connectLanguageModel(deps)
  const speechAddress = await startSpeech(deps, signal)
  const health = createSpeechHealth({
    clock,
    address: speechAddress,
    tls: config.speech_tls,
    ...(config.speech_token !== undefined && { token: config.speech_token }),
  })
  parts.add('speech health', health.close)
  return {
    speechAddress,
    tts: noVoice,
    dialogue: createDialogue({ clock, log, random, ...(languageModel && { languageModel }) }),
    languageModel: described,
    speechStatus: async () => ({ ready: await health.check(), detail: speechAddress }),
  }
}

/** `--role speech`: the speech service alone, for a child of the cloud or a machine of its own. */
export const startSpeechAlone = async (_deps: CloudDeps, _signal: AbortSignal): Promise<SpeechReady> => {
  throw new Error('no speech service is installed')
}
