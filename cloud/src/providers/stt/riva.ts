import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  contractKeys,
  pcmBytes,
  type StreamingRecognizeRequest,
  type StreamingRecognizeResponse,
  streamingRecognize,
} from '../../speech/contract/contract.ts'
import { connectRiva, languageCodeOf, type RivaAddress, stageErrorOf } from '../riva-connection.ts'
import { type SpeechToText, type SpeechToTextRequest, StageError, type Transcript } from '../stages.ts'

type Call = ClientDuplexStream<StreamingRecognizeRequest, StreamingRecognizeResponse>

/** From the end of the audio to the final: what takes longer is of no use to who waits for an answer. */
const finalLimitMs = 8_000

const firstMessage = (request: SpeechToTextRequest): StreamingRecognizeRequest => ({
  streamingConfig: {
    interimResults: true,
    config: {
      encoding: 'LINEAR_PCM',
      sampleRateHertz: request.sampleRateHz,
      languageCode: languageCodeOf(request.language),
      audioChannelCount: 1,
      maxAlternatives: 1,
      customConfiguration: request.jsgf === undefined ? {} : { [contractKeys.jsgf]: request.jsgf },
    },
  },
})

const drained = (call: Call): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      call.off('drain', settle).off('close', settle).off('error', settle)
      resolve()
    }
    call.once('drain', settle).once('close', settle).once('error', settle)
  })

/** Sends the audio at the pace the server takes it; resolves when all of it is sent. */
const sendAudio = async (call: Call, audio: AsyncIterable<Int16Array>, signal: AbortSignal): Promise<void> => {
  for await (const samples of audio) {
    if (signal.aborted || call.destroyed) return
    if (!call.write({ audioContent: pcmBytes(samples) })) await drained(call)
  }
}

type Heard = { text: string; confidence?: number; final: boolean }

const heardIn = ({ results }: StreamingRecognizeResponse): Heard | undefined => {
  const [result] = results
  const [alternative] = result?.alternatives ?? []
  if (!result || !alternative) return undefined
  const confidence = result.isFinal && alternative.confidence > 0 ? { confidence: alternative.confidence } : {}
  return { text: alternative.transcript.trim(), final: result.isFinal, ...confidence }
}

const numberIn = (ending: StatusObject | undefined, key: string): number | undefined => {
  const value = Number(ending?.metadata.get(key)[0] ?? Number.NaN)
  return Number.isFinite(value) ? value : undefined
}

const finalOf = (finals: readonly Heard[], ending: StatusObject | undefined): Transcript => {
  const computeMs = numberIn(ending, contractKeys.computeMs)
  const confidence = finals.at(-1)?.confidence
  // A foreign server may cut a long utterance into several finals.
  const text = finals.map((heard) => heard.text).join(' ')
  return {
    text: text.trim(),
    final: true,
    ...(confidence === undefined ? {} : { confidence }),
    ...(ending?.metadata.get(contractKeys.outOfGrammar)[0] === 'true' ? { outOfGrammar: true } : {}),
    ...(computeMs === undefined ? {} : { computeMs }),
  }
}

export type RivaSpeechToTextDeps = RivaAddress & { readonly clock: Clock }

/** Recognition by a server with Riva's `StreamingRecognize`. Throws `StageError('stt', ...)`; a server that hears nothing gives an empty final. */
export const createRivaSpeechToText = (deps: RivaSpeechToTextDeps): SpeechToText & { readonly close: () => void } => {
  const { client, metadata } = connectRiva(deps)
  const openCall = (): Call =>
    client.makeBidiStreamRequest(
      streamingRecognize.path,
      streamingRecognize.requestSerialize,
      streamingRecognize.responseDeserialize,
      metadata(),
    )
  return {
    transcribe: async function* (audio, request, signal) {
      if (signal.aborted) return
      const call = openCall()
      const cancel = () => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      let ending: StatusObject | undefined
      call.on('status', (given) => {
        ending = given
      })
      // Also heard by the loop below; without a listener of its own an error between two reads would end the process.
      call.on('error', () => {})
      call.write(firstMessage(request))
      let late = false
      let limit: { cancel: () => void } | undefined
      const sending = sendAudio(call, audio, signal).then(
        () => {
          call.end()
          limit = deps.clock.startTimer(finalLimitMs, () => {
            late = true
            call.cancel()
          })
        },
        (error: unknown) => call.destroy(error instanceof Error ? error : new Error('the audio broke off')),
      )
      const finals: Heard[] = []
      try {
        for await (const response of call as AsyncIterable<StreamingRecognizeResponse>) {
          const heard = heardIn(response)
          if (!heard) continue
          if (heard.final) finals.push(heard)
          else yield { text: [...finals.map(({ text }) => text), heard.text].join(' ').trim(), final: false }
        }
        if (!signal.aborted) yield finalOf(finals, ending)
      } catch (error) {
        if (signal.aborted) return
        if (late) throw new StageError('stt', 'timeout', `no final within ${finalLimitMs} ms`)
        throw stageErrorOf('stt', error)
      } finally {
        limit?.cancel()
        signal.removeEventListener('abort', cancel)
        call.cancel()
        void sending
      }
    },
    close: () => client.close(),
  }
}
