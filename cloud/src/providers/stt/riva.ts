import type { Client, ClientDuplexStream, StatusObject } from '@grpc/grpc-js'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  contractKeys,
  pcmBytes,
  type StreamingRecognizeRequest,
  type StreamingRecognizeResponse,
  streamingRecognize,
} from '../../speech/contract/contract.ts'
import { type CallGuard, connectRiva, guarded, languageCodeOf, type RivaAddress } from '../riva-connection.ts'
import type { SpeechToText, SpeechToTextRequest, Transcript } from '../stages.ts'

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
      customConfiguration: {
        ...(request.jsgf === undefined ? {} : { [contractKeys.jsgf]: request.jsgf }),
        ...(request.wake === undefined
          ? {}
          : {
              ...(request.wake.text === undefined ? {} : { [contractKeys.wakeWord]: request.wake.text }),
              [contractKeys.wakePreRollMs]: String(request.wake.preRollMs),
            }),
      },
    },
  },
})

/** In a hurry less is sent: five frames cost little more than one, here and at the server, and partials come 80 ms later. */
const hurriedSamples = 1_600
/** More than this waits in the stream that it comes from, which has a bound of its own. */
const mostWaitingSamples = 16_000

/**
 * Sends the audio at the pace the server takes it, and its end along with the last of it; resolves when both are on their way. A
 * message is done when the connection has it, one turn of the event loop later at the earliest: what comes meanwhile goes along in
 * the next one. Frame by frame, a process that is busy for 20 ms at a time would fall behind the speaker for good.
 */
const sendAudio = async (
  call: Call,
  { audio, isHurried, signal }: { audio: AsyncIterable<Int16Array>; isHurried: () => boolean; signal: AbortSignal },
): Promise<void> => {
  let waiting: Int16Array[] = []
  let waitingSamples = 0
  let isWriting = false
  let isOver = false
  let onSent: (() => void) | undefined
  const end = () => {
    isOver = true
    onSent?.()
  }
  const takeWaiting = (): StreamingRecognizeRequest => {
    const audioContent = pcmBytes(waiting.length === 1 && waiting[0] ? waiting[0] : concatSamples(waiting))
    waiting = []
    waitingSamples = 0
    return { audioContent }
  }
  const write = () => {
    if (isWriting || isOver || waitingSamples < (isHurried() ? hurriedSamples : 1)) return
    isWriting = true
    call.write(takeWaiting(), () => {
      isWriting = false
      write()
      onSent?.()
    })
  }
  const untilRoom = async () => {
    while (!isOver && !signal.aborted && waitingSamples > mostWaitingSamples) {
      await new Promise<void>((resolve) => {
        onSent = resolve
      })
    }
  }
  call.once('close', end).once('error', end)
  for await (const samples of audio) {
    if (signal.aborted || isOver) return
    waiting.push(samples)
    waitingSamples += samples.length
    write()
    await untilRoom()
  }
  if (signal.aborted || isOver) return
  isOver = true
  // Not when the last message is done: whoever waits for the answer would wait for two more turns of the event loop.
  if (waitingSamples > 0) call.write(takeWaiting())
  call.end()
}

type Heard = { text: string; confidence?: number; final: boolean }

const heardIn = ({ results }: StreamingRecognizeResponse): Heard | undefined => {
  const [result] = results
  const [alternative] = result?.alternatives ?? []
  if (!result || !alternative) return undefined
  const confidence = result.isFinal && alternative.confidence > 0 ? { confidence: alternative.confidence } : {}
  return { text: alternative.transcript.trim(), final: result.isFinal, ...confidence }
}

/** A foreign server may cut a long utterance into several finals. */
const joined = (pieces: readonly Heard[]): string =>
  pieces
    .map(({ text }) => text)
    .join(' ')
    .trim()

const numberIn = (ending: StatusObject | undefined, key: string): number | undefined => {
  const value = Number(ending?.metadata.get(key)[0] ?? Number.NaN)
  return Number.isFinite(value) ? value : undefined
}

const finalOf = (finals: readonly Heard[], ending: StatusObject | undefined): Transcript => {
  const computeMs = numberIn(ending, contractKeys.computeMs)
  const confidence = finals.at(-1)?.confidence
  return {
    text: joined(finals),
    final: true,
    ...(confidence === undefined ? {} : { confidence }),
    ...(ending?.metadata.get(contractKeys.outOfGrammar)[0] === 'true' ? { outOfGrammar: true } : {}),
    ...(ending?.metadata.get(contractKeys.falseWake)[0] === 'true' ? { falseWake: true } : {}),
    ...(computeMs === undefined ? {} : { computeMs }),
  }
}

export type RivaSpeechToTextDeps = RivaAddress & {
  readonly clock: Clock
  /** This process is late with its work. Never when absent. */
  readonly isHurried?: () => boolean
}

async function* listen(
  call: Call,
  guard: CallGuard,
  {
    request,
    ...sending
  }: { audio: AsyncIterable<Int16Array>; request: SpeechToTextRequest; isHurried: () => boolean; signal: AbortSignal },
): AsyncGenerator<Transcript> {
  let ending: StatusObject | undefined
  call.on('status', (given) => {
    ending = given
  })
  call.write(firstMessage(request))
  sendAudio(call, sending).then(
    () => guard.arm(finalLimitMs),
    (error: unknown) => call.destroy(error instanceof Error ? error : new Error('the audio broke off')),
  )
  const finals: Heard[] = []
  for await (const response of call as AsyncIterable<StreamingRecognizeResponse>) {
    const heard = heardIn(response)
    if (heard?.final) finals.push(heard)
    else if (heard) yield { text: joined([...finals, heard]), final: false }
  }
  if (!sending.signal.aborted) yield finalOf(finals, ending)
}

/** Recognition by a server with Riva's `StreamingRecognize`. Throws `StageError('stt', ...)`; a server that hears nothing gives an empty final. */
export const createRivaSpeechToText = (deps: RivaSpeechToTextDeps): SpeechToText & { readonly close: () => void } => {
  const server = connectRiva(deps)
  const isHurried = deps.isHurried ?? (() => false)
  const openCall = (client: Client): Call =>
    client.makeBidiStreamRequest(
      streamingRecognize.path,
      streamingRecognize.requestSerialize,
      streamingRecognize.responseDeserialize,
      server.metadata(),
    )
  return {
    transcribe: (audio, request, signal) =>
      guarded({ stage: 'stt', clock: deps.clock, signal, server, openCall }, (call, guard) =>
        listen(call, guard, { audio, request, isHurried, signal }),
      ),
    close: server.close,
  }
}
