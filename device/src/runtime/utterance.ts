import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Said, WakeBefore } from '../understanding/understanding.ts'

/** What is said in the turn that runs, kept in memory in case the speaker has to understand it by itself. */
export type Utterance = {
  /** Without `wake` nobody has called before the request. */
  readonly begin: (preRoll: Int16Array, wake?: WakeBefore) => void
  /** The frame is copied; nothing happens outside of an utterance. */
  readonly hear: (frame: Int16Array) => void
  readonly finish: () => void
  readonly said: () => Said
  readonly forget: () => void
}

/** Endpointing ends a turn after 15 s at most; the pre-roll comes on top. */
const longestSamples = 20 * 16_000

export const createUtterance = (): Utterance => {
  let pieces: Int16Array[] = []
  let length = 0
  let open = false
  let wake: WakeBefore | undefined
  const add = (samples: Int16Array) => {
    if (length + samples.length > longestSamples) return
    pieces.push(samples)
    length += samples.length
  }
  return {
    begin: (preRoll, before) => {
      pieces = []
      length = 0
      open = true
      wake = before
      add(preRoll)
    },
    hear: (frame) => {
      if (open) add(frame.slice())
    },
    finish: () => {
      open = false
    },
    said: () => ({ type: 'sound', samples: concatSamples(pieces), ...(wake ? { wake } : {}) }),
    forget: () => {
      open = false
      pieces = []
      length = 0
    },
  }
}
