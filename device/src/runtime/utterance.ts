import { concatSamples } from '@mynah/shared/audio/pcm.ts'

/** What is said in the turn that runs, kept in memory in case the speaker has to understand it by itself. */
export type Utterance = {
  readonly begin: (preRoll: Int16Array) => void
  /** The frame is copied; nothing happens outside of an utterance. */
  readonly hear: (frame: Int16Array) => void
  readonly finish: () => void
  /** Int16Array, 16 kHz mono. */
  readonly samples: () => Int16Array
  readonly forget: () => void
}

/** Endpointing ends a turn after 15 s at most; the pre-roll comes on top. */
const longestSamples = 20 * 16_000

export const createUtterance = (): Utterance => {
  let pieces: Int16Array[] = []
  let length = 0
  let open = false
  const add = (samples: Int16Array) => {
    if (length + samples.length > longestSamples) return
    pieces.push(samples)
    length += samples.length
  }
  return {
    begin: (preRoll) => {
      pieces = []
      length = 0
      open = true
      add(preRoll)
    },
    hear: (frame) => {
      if (open) add(frame.slice())
    },
    finish: () => {
      open = false
    },
    samples: () => concatSamples(pieces),
    forget: () => {
      open = false
      pieces = []
      length = 0
    },
  }
}
