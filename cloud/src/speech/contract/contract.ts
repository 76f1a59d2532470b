import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { protoFolder } from '../proto-folder.ts'

/**
 * The gRPC contract of the speech service: the streaming part of NVIDIA Riva's public ASR and TTS services, so that one client
 * calls our own engines and a GPU server alike, and the standard health check. Field names are the camelCase of the `.proto` files.
 */

export type AudioEncoding = 'ENCODING_UNSPECIFIED' | 'LINEAR_PCM' | 'FLAC' | 'MULAW' | 'OGGOPUS' | 'ALAW'

export type RecognitionConfig = {
  readonly encoding: AudioEncoding
  readonly sampleRateHertz: number
  /** BCP-47: `en-US`, `zh-CN`. */
  readonly languageCode: string
  readonly maxAlternatives?: number
  /** 0 means 1. */
  readonly audioChannelCount?: number
  readonly model?: string
  readonly customConfiguration?: Readonly<Record<string, string>>
}

export type StreamingRecognizeRequest =
  | { readonly streamingConfig: { readonly config: RecognitionConfig | null; readonly interimResults: boolean } }
  | { readonly audioContent: Uint8Array }

export type RecognitionAlternative = { readonly transcript: string; readonly confidence: number }

export type StreamingRecognitionResult = {
  readonly alternatives: readonly RecognitionAlternative[]
  readonly isFinal: boolean
  readonly stability?: number
  /** Seconds of audio worked off so far. */
  readonly audioProcessed?: number
}

export type StreamingRecognizeResponse = { readonly results: readonly StreamingRecognitionResult[] }

export type RecognizeRequest = { readonly config: RecognitionConfig | null; readonly audio: Uint8Array }
export type RecognizeResponse = {
  readonly results: readonly {
    readonly alternatives: readonly RecognitionAlternative[]
    readonly audioProcessed?: number
  }[]
}

export type SynthesizeSpeechRequest = {
  readonly text: string
  readonly languageCode: string
  readonly encoding: AudioEncoding
  /** 0 means the voice's own rate. */
  readonly sampleRateHz: number
  readonly voiceName: string
}
/** Int16 little-endian mono PCM; `SynthesizeOnline` sends a series of them. */
export type SynthesizeSpeechResponse = { readonly audio: Uint8Array }

export type HealthCheckRequest = { readonly service: string }
export type HealthCheckResponse = { readonly status: 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN' }

/** Keys of `custom_configuration` and of call metadata that are ours; a foreign server ignores them. */
export const contractKeys = {
  /** `custom_configuration`: JSGF text that recognition is bound to. */
  jsgf: 'jsgf',
  /**
   * `custom_configuration`: how many milliseconds of the stream lie before the decision of the wake word that it begins with, and the
   * word; without the word it is one that no recogniser knows.
   */
  wakeWord: 'mynah-wake-word',
  wakePreRollMs: 'mynah-wake-pre-roll-ms',
  /** Trailing metadata, `true`: that word was not there; the call is ended early, its text is empty. */
  falseWake: 'mynah-false-wake',
  /** Trailing metadata, `true` or `false`: the sound is not one of the grammar's sentences. */
  outOfGrammar: 'mynah-out-of-grammar',
  /** Trailing metadata: milliseconds from the end of the audio to the final. */
  computeMs: 'mynah-compute-ms',
  /** Leading metadata of `SynthesizeOnline`: sample rate of the PCM that follows. */
  sampleRateHz: 'mynah-sample-rate-hz',
} as const

const definitions = loadSync(['riva/proto/riva_asr.proto', 'riva/proto/riva_tts.proto', 'grpc/health.proto'], {
  includeDirs: [protoFolder],
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
})

const serviceNamed = (name: string): ServiceDefinition => {
  const definition = definitions[name]
  if (!definition || 'format' in definition) throw new Error(`the contract has no service ${name}`)
  return definition
}

/** The types of requests and responses are promised by the `.proto` files beside this module. */
const methodOf = <Request, Response>(service: ServiceDefinition, method: string) => {
  const definition = service[method]
  if (!definition) throw new Error(`the contract has no method ${method}`)
  return definition as unknown as MethodDefinition<Request, Response>
}

export const recognitionService = serviceNamed('nvidia.riva.asr.RivaSpeechRecognition')
export const synthesisService = serviceNamed('nvidia.riva.tts.RivaSpeechSynthesis')
export const healthService = serviceNamed('grpc.health.v1.Health')

export const streamingRecognize = methodOf<StreamingRecognizeRequest, StreamingRecognizeResponse>(
  recognitionService,
  'StreamingRecognize',
)
export const recognize = methodOf<RecognizeRequest, RecognizeResponse>(recognitionService, 'Recognize')
export const synthesizeOnline = methodOf<SynthesizeSpeechRequest, SynthesizeSpeechResponse>(
  synthesisService,
  'SynthesizeOnline',
)
export const synthesize = methodOf<SynthesizeSpeechRequest, SynthesizeSpeechResponse>(synthesisService, 'Synthesize')
export const checkHealth = methodOf<HealthCheckRequest, HealthCheckResponse>(healthService, 'Check')

/** Little-endian bytes of Int16 samples, as `LINEAR_PCM` carries them; a view where the machine allows it. */
export const pcmBytes = (samples: Int16Array): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)

/** Int16 samples of `LINEAR_PCM` bytes: always a copy, since gRPC's buffers are not aligned. An odd last byte is dropped. */
export const pcmSamples = (bytes: Uint8Array): Int16Array => {
  const samples = new Int16Array(bytes.length >> 1)
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength))
  return samples
}
