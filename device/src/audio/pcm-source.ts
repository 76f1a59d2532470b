import type { SoundSource } from './mixer.ts'
import { playbackFrameSamples } from './ports.ts'

/** A sound that is in memory: mono, 24 kHz. With `repeat` it starts again at its end and never finishes by itself. */
export const createPcmSource = (samples: Int16Array, options: { readonly repeat?: boolean } = {}): SoundSource => {
  let at = 0
  return {
    read: () => {
      if (at >= samples.length && options.repeat && samples.length > 0) at = 0
      if (at >= samples.length) return { type: 'finished' }
      const frame = samples.subarray(at, at + playbackFrameSamples)
      at += frame.length
      if (!options.repeat) return { type: 'samples', samples: frame, last: at >= samples.length }
      if (frame.length === playbackFrameSamples) return { type: 'samples', samples: frame }
      // The end of the loop is not a whole frame: the next round fills it.
      const filled = new Int16Array(playbackFrameSamples)
      filled.set(frame)
      at = playbackFrameSamples - frame.length
      filled.set(samples.subarray(0, at), frame.length)
      return { type: 'samples', samples: filled }
    },
  }
}
