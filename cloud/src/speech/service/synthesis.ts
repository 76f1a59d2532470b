import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises'
import { Metadata, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { createResampler } from '@mynah/shared/audio/resample.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import {
  contractKeys,
  pcmBytes,
  type SynthesizeSpeechRequest,
  type SynthesizeSpeechResponse,
} from '../contract/contract.ts'
import type { SpeakRequest, Speech, Synthesiser } from '../engines/synthesiser.ts'
import { callSignal } from './call-signal.ts'
import { languageOf } from './language.ts'
import { invalidRequest, statusOf } from './status.ts'

export type SynthesisServiceDeps = {
  readonly log: Log
  readonly synthesiser: Synthesiser
  readonly maxTextLength: number
}

type OnlineCall = ServerWritableStream<SynthesizeSpeechRequest, SynthesizeSpeechResponse>

const checkRequest = (request: SynthesizeSpeechRequest, maxTextLength: number): SpeakRequest => {
  if (request.encoding !== 'LINEAR_PCM' && request.encoding !== 'ENCODING_UNSPECIFIED') {
    throw invalidRequest(`encoding must be LINEAR_PCM, not ${request.encoding}`)
  }
  if (request.sampleRateHz !== 0 && (request.sampleRateHz < 8_000 || request.sampleRateHz > 48_000)) {
    throw invalidRequest(`sample_rate_hz must be 0 or 8000 to 48000, not ${request.sampleRateHz}`)
  }
  if (request.text.length > maxTextLength) {
    throw invalidRequest(`the text has ${request.text.length} characters, at most ${maxTextLength} are allowed`)
  }
  const language = languageOf(request.languageCode)
  if (!language) {
    throw new EngineError('not_installed', `no voice for language_code "${request.languageCode}" is installed`)
  }
  return { text: request.text, language, ...(request.voiceName === '' ? {} : { voice: request.voiceName }) }
}

/** The speech at the rate asked for; 0 keeps the voice's own. */
async function* atRate(speech: AsyncIterable<Speech>, sampleRateHz: number): AsyncIterable<Speech> {
  let resampler: ReturnType<typeof createResampler> | undefined
  for await (const piece of speech) {
    if (sampleRateHz === 0 || piece.sampleRateHz === sampleRateHz) {
      yield piece
      continue
    }
    resampler ??= createResampler({ fromHz: piece.sampleRateHz, toHz: sampleRateHz })
    const samples = resampler.push(piece.samples)
    if (samples.length > 0) yield { samples, sampleRateHz }
  }
  const tail = resampler?.flush()
  if (tail && tail.length > 0) yield { samples: tail, sampleRateHz }
}

const drained = (call: OnlineCall, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      call.off('drain', settle)
      signal.removeEventListener('abort', settle)
      resolve()
    }
    call.on('drain', settle)
    signal.addEventListener('abort', settle, { once: true })
  })

const speakTo = async (deps: SynthesisServiceDeps, call: OnlineCall, signal: AbortSignal) => {
  const request = checkRequest(call.request, deps.maxTextLength)
  let announced = false
  for await (const piece of atRate(deps.synthesiser.speak(request, signal), call.request.sampleRateHz)) {
    if (signal.aborted) return
    if (!announced) {
      const metadata = new Metadata()
      metadata.set(contractKeys.sampleRateHz, String(piece.sampleRateHz))
      call.sendMetadata(metadata)
      announced = true
    }
    if (!call.write({ audio: pcmBytes(piece.samples) })) await drained(call, signal)
    // A voice that has its whole sentence ready would hold the first sound back until all of it is written.
    else await nextTurnOfTheLoop()
  }
  if (!signal.aborted) call.end()
}

const synthesizeOnline = (deps: SynthesisServiceDeps) => async (call: OnlineCall) => {
  const signal = callSignal(call)
  try {
    await speakTo(deps, call, signal)
  } catch (error) {
    if (signal.aborted) return
    deps.log.warn('a synthesis failed', { error })
    call.emit('error', statusOf(error))
  }
}

const synthesize =
  (deps: SynthesisServiceDeps) =>
  async (
    call: ServerUnaryCall<SynthesizeSpeechRequest, SynthesizeSpeechResponse>,
    answer: sendUnaryData<SynthesizeSpeechResponse>,
  ) => {
    try {
      const request = checkRequest(call.request, deps.maxTextLength)
      const pieces: Int16Array[] = []
      const speech = deps.synthesiser.speak(request, callSignal(call))
      for await (const piece of atRate(speech, call.request.sampleRateHz)) pieces.push(piece.samples)
      answer(null, { audio: pcmBytes(concatSamples(pieces)) })
    } catch (error) {
      deps.log.warn('a synthesis failed', { error })
      answer(statusOf(error))
    }
  }

/** Handlers of `nvidia.riva.tts.RivaSpeechSynthesis`. */
export const synthesisHandlers = (deps: SynthesisServiceDeps) => ({
  SynthesizeOnline: synthesizeOnline(deps),
  Synthesize: synthesize(deps),
})
