import { wakeTailMs } from '@mynah/shared/speech/pocketsphinx/wake-word.ts'
import type { SpokenWake } from '../../contract/spoken-wake.ts'

/**
 * The second stage of the wake word. The speaker's network has heard the word in its sound; a recogniser of another kind listens again
 * to the pre-roll, which holds the word, once by a grammar of that word alone and once by a loop of all phones. Runs beside the
 * recognition of the request, so that a true turn never waits for it.
 */
export type WakeCheck = {
  /** After each piece of audio. */
  readonly observe: (heard: { readonly lengthMs: number; readonly samples: () => Int16Array }) => void
  /** Known to be no wake word; false while that is not known. */
  readonly isFalseWake: () => boolean
}

export type WakeCheckDeps = {
  readonly wake: SpokenWake
  /** Undefined when nobody is free to listen, or what listens does not know the word: the wake then counts as true. */
  readonly hear: (samples: Int16Array) => Promise<boolean | undefined>
  readonly onFailed: (error: unknown) => void
}

export const createWakeCheck = ({ wake, hear, onFailed }: WakeCheckDeps): WakeCheck => {
  const neededMs = wake.preRollMs + wakeTailMs
  let begun = false
  let isFalse = false
  return {
    observe: ({ lengthMs, samples }) => {
      if (begun || lengthMs < neededMs) return
      begun = true
      hear(samples().subarray(0, neededMs * 16)).then((heard) => {
        isFalse = heard === false
      }, onFailed)
    },
    isFalseWake: () => isFalse,
  }
}
