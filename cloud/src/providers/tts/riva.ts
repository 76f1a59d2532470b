import type { ClientReadableStream, Metadata } from '@grpc/grpc-js'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  contractKeys,
  pcmSamples,
  type SynthesizeSpeechRequest,
  type SynthesizeSpeechResponse,
  synthesizeOnline,
} from '../../speech/contract/contract.ts'
import { connectRiva, languageCodeOf, type RivaAddress, stageErrorOf } from '../riva-connection.ts'
import { StageError, type TextToSpeech } from '../stages.ts'

/** Asked of servers that do not say at which rate they speak. */
const fallbackSampleRateHz = 24_000
const firstAudioLimitMs = 8_000

export type RivaTextToSpeechDeps = RivaAddress & {
  readonly clock: Clock
  /** Ask for this rate; without it the voice's own is taken when the server names it (ours does). */
  readonly sampleRateHz?: number
}

/** A voice of a server with Riva's `SynthesizeOnline`. Throws `StageError('tts', ...)`. */
export const createRivaTextToSpeech = (deps: RivaTextToSpeechDeps): TextToSpeech & { readonly close: () => void } => {
  const { client, metadata } = connectRiva(deps)
  const openCall = (request: SynthesizeSpeechRequest): ClientReadableStream<SynthesizeSpeechResponse> =>
    client.makeServerStreamRequest(
      synthesizeOnline.path,
      synthesizeOnline.requestSerialize,
      synthesizeOnline.responseDeserialize,
      request,
      metadata(),
    )
  return {
    synthesize: async function* ({ text, language, voice }, signal) {
      if (signal.aborted) return
      const asked = deps.sampleRateHz ?? fallbackSampleRateHz
      const call = openCall({
        text,
        languageCode: languageCodeOf(language),
        encoding: 'LINEAR_PCM',
        sampleRateHz: asked,
        voiceName: voice ?? '',
      })
      let sampleRateHz = asked
      call.on('metadata', (leading: Metadata) => {
        sampleRateHz = Number(leading.get(contractKeys.sampleRateHz)[0] ?? asked)
      })
      call.on('error', () => {})
      let late = false
      const limit = deps.clock.startTimer(firstAudioLimitMs, () => {
        late = true
        call.cancel()
      })
      const cancel = () => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      let spoke = false
      try {
        for await (const { audio } of call as AsyncIterable<SynthesizeSpeechResponse>) {
          if (signal.aborted) return
          limit.cancel()
          const samples = pcmSamples(audio)
          if (samples.length === 0) continue
          spoke = true
          yield { samples, sampleRateHz }
        }
        if (!spoke && !signal.aborted) throw new StageError('tts', 'bad_reply', 'the voice gave no sound')
      } catch (error) {
        if (signal.aborted) return
        if (late) throw new StageError('tts', 'timeout', `no sound within ${firstAudioLimitMs} ms`)
        throw stageErrorOf('tts', error)
      } finally {
        limit.cancel()
        signal.removeEventListener('abort', cancel)
        call.cancel()
      }
    },
    close: () => client.close(),
  }
}
