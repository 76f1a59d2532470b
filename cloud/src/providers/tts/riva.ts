import type { Client, ClientReadableStream, Metadata } from '@grpc/grpc-js'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  contractKeys,
  pcmSamples,
  type SynthesizeSpeechResponse,
  synthesizeOnline,
} from '../../speech/contract/contract.ts'
import { type CallGuard, connectRiva, guarded, languageCodeOf, type RivaAddress } from '../riva-connection.ts'
import { type SpokenAudio, StageError, type TextToSpeech, type TextToSpeechRequest } from '../stages.ts'

/** Asked of servers that do not say at which rate they speak. */
const fallbackSampleRateHz = 24_000
const firstAudioLimitMs = 8_000

export type RivaTextToSpeechDeps = RivaAddress & {
  readonly clock: Clock
  /** Ask for this rate; without it the voice's own is taken when the server names it (ours does). */
  readonly sampleRateHz?: number
}

type Voice = ClientReadableStream<SynthesizeSpeechResponse>

async function* speak(call: Voice, guard: CallGuard, askedRateHz: number): AsyncGenerator<SpokenAudio> {
  let sampleRateHz = askedRateHz
  call.on('metadata', (leading: Metadata) => {
    sampleRateHz = Number(leading.get(contractKeys.sampleRateHz)[0] ?? askedRateHz)
  })
  guard.arm(firstAudioLimitMs)
  let spoke = false
  for await (const { audio } of call as AsyncIterable<SynthesizeSpeechResponse>) {
    guard.disarm()
    const samples = pcmSamples(audio)
    if (samples.length === 0) continue
    spoke = true
    yield { samples, sampleRateHz }
  }
  if (!spoke) throw new StageError('tts', 'bad_reply', 'the voice gave no sound')
}

/** A voice of a server with Riva's `SynthesizeOnline`. Throws `StageError('tts', ...)`. */
export const createRivaTextToSpeech = (deps: RivaTextToSpeechDeps): TextToSpeech & { readonly close: () => void } => {
  const server = connectRiva(deps)
  const sampleRateHz = deps.sampleRateHz ?? fallbackSampleRateHz
  const openCall = (client: Client, { text, language, voice }: TextToSpeechRequest): Voice =>
    client.makeServerStreamRequest(
      synthesizeOnline.path,
      synthesizeOnline.requestSerialize,
      synthesizeOnline.responseDeserialize,
      {
        text,
        languageCode: languageCodeOf(language),
        encoding: 'LINEAR_PCM',
        sampleRateHz,
        voiceName: voice ?? '',
      },
      server.metadata(),
    )
  return {
    synthesize: (request, signal) =>
      guarded(
        { stage: 'tts', clock: deps.clock, signal, server, openCall: (client) => openCall(client, request) },
        (call, guard) => speak(call, guard, sampleRateHz),
      ),
    close: server.close,
  }
}
