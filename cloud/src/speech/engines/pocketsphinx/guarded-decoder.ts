import type { Decoder } from '@mynah/shared/speech/pocketsphinx/decoder.ts'
import type { Lease } from './decoder-pool.ts'

/** A leased decoder; after a failure of the engine it is not used again. */
export type GuardedDecoder = {
  readonly run: <T>(work: (decoder: Decoder) => Promise<T>) => Promise<T>
  /** For work that is a help but not needed: undefined when it fails, now or before. */
  readonly attempt: <T>(work: (decoder: Decoder) => Promise<T>) => Promise<T | undefined>
  /** Ends what is under way and gives the decoder back, at most once. */
  readonly giveBack: () => Promise<void>
}

export const guardDecoder = (lease: Lease<Decoder>): GuardedDecoder => {
  let broken = false
  let returning: Promise<void> | undefined
  const run: GuardedDecoder['run'] = async (work) => {
    try {
      return await work(lease.value)
    } catch (error) {
      broken = true
      throw error
    }
  }
  return {
    run,
    attempt: async (work) => {
      if (broken || returning) return undefined
      try {
        return await run(work)
      } catch {
        // Marked as broken: that is all there is to do for a pass that only helps.
        return undefined
      }
    },
    giveBack: () => {
      returning ??= run((decoder) => decoder.abandon())
        .catch(() => {})
        .then(() => lease.release(broken))
      return returning
    },
  }
}
