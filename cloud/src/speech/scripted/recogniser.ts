import { markerIn } from '@mynah/shared/audio/marker-tone.ts'
import { markerSentence } from '@mynah/shared/dialogue/marker-sentence.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Recogniser, RecogniserSession } from '../engines/recogniser.ts'

const sampleRateHz = 16_000
/** Long enough to tell the tones apart, short enough to lie inside the tone whatever the codec delays. */
const markerSamples = (sampleRateHz * 80) / 1_000
const endSamples = (sampleRateHz * 40) / 1_000
const keptSamples = markerSamples + endSamples
const samplesPerWord = (sampleRateHz * 400) / 1_000

/** The newest samples of a stream. */
const createTail = () => {
  let kept: Int16Array = new Int16Array(0)
  return {
    push: (samples: Int16Array) => {
      if (samples.length >= keptSamples) {
        kept = samples.slice(-keptSamples)
        return
      }
      const joined = new Int16Array(Math.min(keptSamples, kept.length + samples.length))
      joined.set(kept.subarray(Math.max(0, kept.length + samples.length - keptSamples)))
      joined.set(samples, joined.length - samples.length)
      kept = joined
    },
    /** What lies before the last 40 ms: the very end is where the codec fades. */
    beforeEnd: () => kept.subarray(0, Math.max(0, kept.length - endSamples)),
  }
}

/**
 * For load tests: takes the sentence from the marker tone at the end of the sound, after a fixed delay and for next to no work. A
 * stream without a marker is no speech.
 */
export const createScriptedRecogniser = (deps: { readonly clock: Clock; readonly delayMs: number }): Recogniser => ({
  name: 'scripted',
  languages: ['en', 'zh'],
  warm: async () => {},
  close: async () => {},
  open: async (): Promise<RecogniserSession> => {
    const tail = createTail()
    let heard = 0
    return {
      feed: async (samples) => {
        tail.push(samples)
        heard += samples.length
        return ['what', 'is', 'five', 'plus'].slice(0, Math.floor(heard / samplesPerWord)).join(' ')
      },
      finish: async () => {
        await deps.clock.sleep(deps.delayMs)
        const marker = markerIn(tail.beforeEnd(), sampleRateHz)
        return { text: marker === undefined ? '' : markerSentence(marker), confidence: 1, outOfGrammar: false }
      },
      close: async () => {},
    }
  },
})
