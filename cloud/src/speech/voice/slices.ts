import type { Speech } from '../engines/synthesiser.ts'

const sliceMs = 60

/** Cuts speech into pieces of at most 60 ms, so that a listener can start, and an abort takes effect, at once. */
export function* sliceSpeech({ samples, sampleRateHz }: Speech, signal: AbortSignal): Iterable<Speech> {
  const length = Math.round((sampleRateHz * sliceMs) / 1_000)
  for (let at = 0; at < samples.length && !signal.aborted; at += length) {
    yield { samples: samples.subarray(at, at + length), sampleRateHz }
  }
}
