import { Metadata, type ServerDuplexStream, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import type { Log } from '@mynah/shared/log/log.ts'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import { readAhead } from '@mynah/shared/streams/read-ahead.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  contractKeys,
  pcmSamples,
  type RecognitionConfig,
  type RecognizeRequest,
  type RecognizeResponse,
  type StreamingRecognizeRequest,
  type StreamingRecognizeResponse,
} from '../contract/contract.ts'
import type { SpokenWake } from '../contract/spoken-wake.ts'
import type { Recogniser, RecogniserSession, Recognition } from '../engines/recogniser.ts'
import { callSignal } from './call-signal.ts'
import { languageOf } from './language.ts'
import { invalidRequest, statusOf } from './status.ts'

export type RecognitionServiceDeps = {
  readonly clock: Clock
  readonly log: Log
  /** In order of preference. */
  readonly recognisers: readonly Recogniser[]
}

type StreamingCall = ServerDuplexStream<StreamingRecognizeRequest, StreamingRecognizeResponse>

const checkConfig = (config: RecognitionConfig | null | undefined): RecognitionConfig => {
  if (!config) throw invalidRequest('the first message must carry streaming_config with a config')
  if (config.encoding !== 'LINEAR_PCM') throw invalidRequest(`encoding must be LINEAR_PCM, not ${config.encoding}`)
  if (config.sampleRateHertz !== 16_000) {
    throw invalidRequest(`sample_rate_hertz must be 16000, not ${config.sampleRateHertz}`)
  }
  if ((config.audioChannelCount ?? 0) > 1) {
    throw invalidRequest(`audio_channel_count must be 1, not ${config.audioChannelCount}`)
  }
  return config
}

const longestPreRollMs = 10_000

/** Words only: it becomes part of a grammar. */
const wakeIn = ({ customConfiguration = {} }: RecognitionConfig): SpokenWake | undefined => {
  const text = customConfiguration[contractKeys.wakeWord] ?? ''
  const preRoll = customConfiguration[contractKeys.wakePreRollMs] ?? ''
  if (text === '' && preRoll === '') return undefined
  const preRollMs = preRoll === '' ? Number.NaN : Number(preRoll)
  if (!/^([a-z]+( [a-z]+){0,3})?$/.test(text))
    throw invalidRequest(`${contractKeys.wakeWord} must be one to four words`)
  if (!(preRollMs >= 0 && preRollMs <= longestPreRollMs)) {
    throw invalidRequest(`${contractKeys.wakePreRollMs} must be 0 to ${longestPreRollMs}`)
  }
  return { preRollMs, ...(text === '' ? {} : { text }) }
}

const openSession = async (
  deps: RecognitionServiceDeps,
  config: RecognitionConfig,
  signal: AbortSignal,
): Promise<RecogniserSession> => {
  const language = languageOf(config.languageCode)
  const jsgf = config.customConfiguration?.[contractKeys.jsgf]
  const fitting = deps.recognisers.filter(
    (recogniser) =>
      language !== undefined &&
      recogniser.languages.includes(language) &&
      (config.model === undefined || config.model === '' || config.model === recogniser.name),
  )
  const [recogniser] = fitting
  if (!recogniser || !language) {
    throw new EngineError('not_installed', `no recogniser for language_code "${config.languageCode}" is installed`)
  }
  const wake = wakeIn(config)
  const request = { language, ...(jsgf === undefined || jsgf === '' ? {} : { jsgf }), ...(wake ? { wake } : {}) }
  return recogniser.open(request, signal)
}

const finalResponse = (recognition: Recognition, audioProcessed: number): StreamingRecognizeResponse => ({
  results: [
    {
      alternatives: [{ transcript: recognition.text, confidence: recognition.confidence ?? 0 }],
      isFinal: true,
      audioProcessed,
    },
  ],
})

const trailerOf = (recognition: Recognition, computeMs: number): Metadata => {
  const trailer = new Metadata()
  trailer.set(contractKeys.computeMs, computeMs.toFixed(1))
  if (recognition.outOfGrammar !== undefined) {
    trailer.set(contractKeys.outOfGrammar, recognition.outOfGrammar ? 'true' : 'false')
  }
  if (recognition.falseWake) trailer.set(contractKeys.falseWake, 'true')
  return trailer
}

type Heard = { readonly recognition: Recognition; readonly processedSeconds: number; readonly computeMs: number }

/** The requests of a call, one at a time: gRPC's flow control holds the sender back. The call stays open for the answer. */
const requestsOf = (call: StreamingCall): AsyncIterable<StreamingRecognizeRequest> =>
  call.iterator({ destroyOnReturn: false })

const partialResponse = (text: string, audioProcessed: number): StreamingRecognizeResponse => ({
  results: [
    {
      alternatives: [{ transcript: text, confidence: 0 }],
      isFinal: false,
      stability: partialStability,
      audioProcessed,
    },
  ],
})

/** The engines do not say how sure a partial is; 0 would mean that it is not set. */
const partialStability = 0.5
const samplesPerSecond = 16_000

/** Feeds what comes in and writes a partial whenever its text changes. */
const createListener = (call: StreamingCall, session: RecogniserSession, interim: boolean) => {
  let lastText = ''
  let samplesSeen = 0
  return {
    hear: async (request: StreamingRecognizeRequest) => {
      if (!('audioContent' in request)) throw invalidRequest('every message after the first must carry audio_content')
      const samples = pcmSamples(request.audioContent)
      samplesSeen += samples.length
      const text = await session.feed(samples)
      if (interim && text !== lastText && text !== '' && !call.cancelled) {
        call.write(partialResponse(text, samplesSeen / samplesPerSecond))
      }
      lastText = text
    },
    processedSeconds: () => samplesSeen / samplesPerSecond,
  }
}

/** Sound that may wait here; more waits at the sender. */
const mostAheadMs = 1_000

const durationMsOf = (request: StreamingRecognizeRequest): number =>
  'audioContent' in request ? (request.audioContent.byteLength / 2 / samplesPerSecond) * 1_000 : 0

/** The requests of a call while the engine works on those before them, and when their end came: from then on whoever waits waits for it. */
const readRequests = (clock: Clock, call: StreamingCall, signal: AbortSignal) => {
  let endedAtMs: number | undefined
  const untilEnd = async function* () {
    yield* requestsOf(call)
    endedAtMs = clock.now()
  }
  return {
    requests: readAhead(untilEnd(), { maxMs: mostAheadMs, durationOf: durationMsOf }, signal),
    endedAtMs: () => endedAtMs,
  }
}

const listen = async (
  deps: RecognitionServiceDeps,
  call: StreamingCall,
  signal: AbortSignal,
): Promise<Heard | undefined> => {
  const { clock } = deps
  const reader = readRequests(clock, call, signal)
  let session: RecogniserSession | undefined
  let listener: ReturnType<typeof createListener> | undefined
  try {
    for await (const request of reader.requests) {
      if (signal.aborted) return undefined
      if (listener) {
        await listener.hear(request)
        // Nobody has called: what else comes is not listened to.
        if (session?.isFalseWake?.()) break
        continue
      }
      if (!('streamingConfig' in request)) throw invalidRequest('the first message must carry streaming_config')
      session = await openSession(deps, checkConfig(request.streamingConfig.config), signal)
      listener = createListener(call, session, request.streamingConfig.interimResults)
    }
    if (!session || !listener) throw invalidRequest('the stream ended before streaming_config')
    if (signal.aborted) return undefined
    const fromMs = reader.endedAtMs() ?? clock.now()
    const recognition = await session.finish()
    return { recognition, processedSeconds: listener.processedSeconds(), computeMs: clock.now() - fromMs }
  } finally {
    await session?.close()
  }
}

const streamingRecognize = (deps: RecognitionServiceDeps) => async (call: StreamingCall) => {
  const signal = callSignal(call)
  try {
    const heard = await listen(deps, call, signal)
    if (!heard || signal.aborted) return
    call.write(finalResponse(heard.recognition, heard.processedSeconds))
    call.end(trailerOf(heard.recognition, heard.computeMs))
  } catch (error) {
    if (signal.aborted) return
    deps.log.warn('a recognition failed', { error })
    call.emit('error', statusOf(error))
  }
}

const recognizeWhole = async (
  deps: RecognitionServiceDeps,
  request: RecognizeRequest,
  signal: AbortSignal,
): Promise<RecognizeResponse> => {
  const session = await openSession(deps, checkConfig(request.config), signal)
  try {
    const samples = pcmSamples(request.audio)
    // In pieces of a second, so that a cancelled call stops soon.
    for (let at = 0; at < samples.length && !signal.aborted; at += 16_000) {
      await session.feed(samples.subarray(at, at + 16_000))
    }
    const recognition = await session.finish()
    const alternative = { transcript: recognition.text, confidence: recognition.confidence ?? 0 }
    return { results: [{ alternatives: [alternative], audioProcessed: samples.length / 16_000 }] }
  } finally {
    await session.close()
  }
}

const recognize =
  (deps: RecognitionServiceDeps) =>
  async (call: ServerUnaryCall<RecognizeRequest, RecognizeResponse>, answer: sendUnaryData<RecognizeResponse>) => {
    try {
      answer(null, await recognizeWhole(deps, call.request, callSignal(call)))
    } catch (error) {
      deps.log.warn('a recognition failed', { error })
      answer(statusOf(error))
    }
  }

/** Handlers of `nvidia.riva.asr.RivaSpeechRecognition`. */
export const recognitionHandlers = (deps: RecognitionServiceDeps) => ({
  StreamingRecognize: streamingRecognize(deps),
  Recognize: recognize(deps),
})
