import type { Decoder } from './decoder.ts'
import type { Lease } from './decoder-pool.ts'

/**
 * The whole utterance is decoded again at its end, with the means of all of it: in noise that is worth several points. Who waits for
 * an answer should not wait for that too, so it begins as soon as the first pass has nothing new to say for a moment, while
 * endpointing is still waiting whether more comes. When nothing did, the result is there at the end.
 */
export type SecondPass = {
  /** After each piece of audio: what the first pass hears by now, and how much audio there is. */
  readonly observe: (firstPassText: string, lengthSamples: number) => void
  /** The words of the whole utterance. */
  readonly finish: () => Promise<string>
}

export type SecondPassDeps = {
  /** A free decoder with the grammar selected, or undefined when all are busy. */
  readonly leaseSpare: () => Promise<Lease<Decoder> | undefined>
  /** All audio so far. */
  readonly recording: () => Int16Array
  /** The utterance's own decoder; used when no other is free. */
  readonly decodeHere: (samples: Int16Array) => Promise<string>
}

/** 120 ms without a new word: between two words of fluent speech it is mostly less. */
const settledSamples = 120 * 16

type Attempt = { readonly firstPassText: string; readonly words: Promise<string | undefined> }

export const createSecondPass = (deps: SecondPassDeps): SecondPass => {
  let text = ''
  let changedAtSample = 0
  let attempt: Attempt | undefined
  let busy = false

  /** Undefined when no decoder was free or the engine failed: the end of the utterance then does without. */
  const decodeAside = async (): Promise<string | undefined> => {
    const lease = await deps.leaseSpare().catch(() => undefined)
    if (!lease) return undefined
    try {
      const hypothesis = await lease.value.decodeWhole(deps.recording())
      lease.release()
      return hypothesis?.text ?? ''
    } catch {
      lease.release(true)
      return undefined
    }
  }
  const begin = (): Promise<string | undefined> => {
    busy = true
    return decodeAside().finally(() => {
      busy = false
    })
  }
  return {
    observe: (firstPassText, lengthSamples) => {
      if (firstPassText !== text) {
        text = firstPassText
        changedAtSample = lengthSamples
        return
      }
      const settled = lengthSamples - changedAtSample >= settledSamples
      if (!settled || busy || text === '' || attempt?.firstPassText === text) return
      attempt = { firstPassText: text, words: begin() }
    },
    finish: async () => {
      const ahead = attempt?.firstPassText === text ? await attempt.words : undefined
      return ahead ?? deps.decodeHere(deps.recording())
    },
  }
}
