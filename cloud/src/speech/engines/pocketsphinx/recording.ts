import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { SpeechSpan } from '@mynah/shared/speech/pocketsphinx/speech-span.ts'

const samplesPerMs = 16

/** What was heard of one utterance, bounded. */
export const createRecording = (maxUtteranceMs: number) => {
  const pieces: Int16Array[] = []
  let length = 0
  return {
    /** Throws `EngineError('bad_request')` when the utterance gets too long. */
    add: (samples: Int16Array) => {
      length += samples.length
      if (length > maxUtteranceMs * samplesPerMs) {
        throw new EngineError('bad_request', `the utterance is longer than ${maxUtteranceMs} ms`)
      }
      pieces.push(samples)
    },
    pieces: (): readonly Int16Array[] => pieces,
    span: (): SpeechSpan => ({ startSample: 0, endSample: length, speechStartSample: 0, speechEndSample: length }),
  }
}
