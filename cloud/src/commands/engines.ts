import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { languageSchema } from '@mynah/shared/wire/topics.ts'
import { hostInUrl } from '../broker/outbound.ts'
import type { CloudConfig } from '../config.ts'
import { createDialogue } from '../dialogue/create-dialogue.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import { rehearse } from '../dialogue/rehearsal.ts'
import { explainListenError, holderOfPort } from '../gateway/port-taken.ts'
import type { LanguageModel, TextToSpeech } from '../providers/stages.ts'
import { createRivaSpeechToText } from '../providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../providers/tts/riva.ts'
import { findLocalEngines } from '../speech/local-engines.ts'
import { startSpeechServer } from '../speech/server.ts'
import { createSpeechChild, type SpeechReady } from '../supervise/speech-child.ts'
import { createSpeechHealth } from '../supervise/speech-health.ts'
import type { SupervisedChild } from '../supervise/supervised-child.ts'
import type { CloudDeps } from './cloud-deps.ts'
import { type ConnectedModel, connectLanguageModel } from './language-model.ts'
import { warmUpSpeech } from './warm-up.ts'

/** What understands and speaks: the speech service, the dialogue and its language model. */
export type Engines = {
  readonly speechAddress: string
  readonly tts: TextToSpeech
  readonly dialogue: Dialogue
  /** A dialogue with another language model, for homes that have chosen one. */
  readonly createDialogue: (languageModel: LanguageModel | undefined) => Dialogue
  readonly languageModel?: LanguageModel
  /** One phrase for the status page. */
  readonly describedModel: string
  /** The same as values by their names. */
  readonly modelFacts: ConnectedModel['facts']
  /** Where the speech service is reached. */
  readonly speech: { readonly address: string; readonly tls: boolean; readonly token?: string }
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

type Speech = {
  readonly address: string
  readonly untilReady: (signal: AbortSignal) => Promise<void>
  readonly onReadyAgain: (listener: () => void) => void
}

/** The speech service: the configured one, or a child of its own. */
const startSpeech = async (deps: CloudDeps): Promise<Speech> => {
  const { config, clock, log, parts, env, program } = deps
  if (config.speech_address !== 'local') {
    return { address: config.speech_address, untilReady: async () => {}, onReadyAgain: () => {} }
  }
  const port = config.speech_port === 0 ? await freePort() : config.speech_port
  const child = createSpeechChild({ clock, log, random, config, program, env, port })
  parts.run('speech service', child.run)
  return {
    address: `${loopback}:${port}`,
    untilReady: (signal) => untilChildReady(child, deps, signal),
    onReadyAgain: child.onReadyAgain,
  }
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

/** The child of this machine is reached without. */
const usesTls = (config: CloudConfig): boolean => config.speech_address !== 'local' && config.speech_tls

/** The audio workers are processes of their own that read how to reach a guarded speech server from their environment. */
const exportSpeechAccess = ({ config, exportToChildren }: CloudDeps) => {
  if (config.speech_token !== undefined) exportToChildren('MYNAH_SPEECH_TOKEN', config.speech_token)
  exportToChildren('MYNAH_SPEECH_TLS', String(usesTls(config)))
}

export const startEngines = async (deps: CloudDeps): Promise<Engines> => {
  const { clock, log, config, parts } = deps
  const { languageModel, described, facts: modelFacts } = await connectLanguageModel(deps)
  exportSpeechAccess(deps)
  const speech = await startSpeech(deps)
  const speechAddress = speech.address
  const { speech_token: token } = config
  const server = { clock, address: speechAddress, tls: usesTls(config), ...(token !== undefined && { token }) }
  const health = createSpeechHealth(server)
  const tts = createRivaTextToSpeech(server)
  const stt = createRivaSpeechToText(server)
  parts.add('speech clients', () => {
    health.close()
    tts.close()
    stt.close()
  })
  const dialogueWith = (model: LanguageModel | undefined) =>
    createDialogue({ clock, log, random, ...(model && { languageModel: model }) })
  const dialogue = dialogueWith(languageModel)
  // While the speech service starts: the first turn finds everything compiled.
  languageSchema.options.forEach(rehearse)
  const warm = (ending: AbortSignal) => warmUpSpeech({ clock, log, stt, tts, jsgfFor: dialogue.jsgfFor }, ending)
  const stopWarming = new AbortController()
  parts.add('warm-up of the speech service', () => stopWarming.abort())
  // A child that was started again has forgotten everything: the next who speaks should not pay for that.
  speech.onReadyAgain(() => {
    warm(stopWarming.signal).catch((error: unknown) => log.warn('the speech service could not be warmed', { error }))
  })
  return {
    speechAddress,
    speech: { address: speechAddress, tls: usesTls(config), ...(token !== undefined && { token }) },
    tts,
    dialogue,
    createDialogue: dialogueWith,
    ...(languageModel && { languageModel }),
    describedModel: described,
    modelFacts,
    untilReady: async (ending) => {
      await speech.untilReady(ending)
      await warm(ending)
    },
    speechStatus: async () => ({ ready: await health.check(), detail: speechAddress }),
  }
}

/**
 * `--role speech`: the speech service alone, for a child of the cloud or a machine of its own. Without a token only this machine is
 * served, whatever address the rest of a cloud listens on. Rejects with `PortTakenError`.
 */
export const startSpeechAlone = async ({ config, clock, log, parts }: CloudDeps): Promise<SpeechReady> => {
  const { speech_port: port, speech_token: token, zh_model_dir: zhModelDir, models_dir: modelsDir } = config
  const host = token === undefined ? loopback : config.host
  const engines = await findLocalEngines({
    clock,
    log,
    ...(zhModelDir !== undefined && { zhModelDir }),
    ...(modelsDir !== undefined && { modelsDir }),
  })
  const address = { host, port, ...(token !== undefined && { token }) }
  const use = { port, protocol: 'tcp', purpose: 'the speech service', option: '--speech-port' } as const
  const server = await startSpeechServer({ clock, log, ...engines, address }).catch((error: unknown) => {
    // gRPC tells of a taken port in words only.
    const isTaken = port !== 0 && holderOfPort(port, 'tcp') !== undefined
    throw isTaken ? explainListenError(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }), use) : error
  })
  parts.add('speech server', () => server.close(speechGraceMs))
  // The first turn must not pay for loading; a model that cannot be loaded is known now, not then.
  await Promise.all(engines.recognisers.map((recogniser) => recogniser.warm()))
  return { speech_address: `${hostInUrl(host === '0.0.0.0' ? config.public_host : host)}:${server.port}` }
}
