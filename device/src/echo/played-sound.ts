import { createResampler } from '@mynah/shared/audio/resample.ts'
import { captureSampleRateHz, playbackFrameSamples, playbackSampleRateHz } from '../audio/ports.ts'
import { createRingBuffer } from '../audio/ring-buffer.ts'

/** What was given to the loudspeaker in the last three seconds, at the microphone's 16 kHz, by its index. Silence costs nothing. */
export type PlayedSound = {
  /** 10 ms, Int16Array(240), 24 kHz: 160 samples here. */
  readonly append: (frame: Int16Array) => void
  /** The index of the next sample, whose frame has not been played yet. */
  readonly nextSample: () => number
  /** The end of the last frame that was not silent; -Infinity before the first. */
  readonly lastSoundSample: () => number
  /** Exactly `count` samples. What is not kept any more, or not there yet, is silence. */
  readonly read: (startSample: number, count: number) => Int16Array
}

const keptSamples = 3 * captureSampleRateHz
const samplesPerFrame = (playbackFrameSamples * captureSampleRateHz) / playbackSampleRateHz
/** The resampler's past runs out within this time. */
const fadingSamples = 10 * samplesPerFrame

export const createPlayedSound = (): PlayedSound => {
  const ring = createRingBuffer({ capacitySamples: keptSamples })
  const resampler = createResampler({ fromHz: playbackSampleRateHz, toHz: captureSampleRateHz })
  const silence = new Int16Array(samplesPerFrame)
  let resampling = false
  let next = 0
  let lastSound = Number.NEGATIVE_INFINITY

  const isFaded = () => next - lastSound >= fadingSamples
  return {
    append: (frame) => {
      next += samplesPerFrame
      if (frame.some((sample) => sample !== 0)) {
        lastSound = next
        resampling = true
      }
      ring.write(resampling ? resampler.push(frame) : silence)
      if (!resampling || !isFaded()) return
      // All that is still in it, so that what is written is again 160 samples for each frame.
      ring.write(resampler.flush())
      resampling = false
    },
    nextSample: () => next,
    lastSoundSample: () => lastSound,
    read: (startSample, count) => {
      const whole = new Int16Array(count)
      const { startSample: from, samples } = ring.read(startSample, startSample + count)
      if (samples.length > 0) whole.set(samples, from - startSample)
      return whole
    },
  }
}
