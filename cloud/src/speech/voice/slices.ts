import type { Speech } from '../engines/synthesiser.ts'

/** What a speaker must hold before it starts is 60 ms in whole frames; resampling and framing hold some back. */
const firstSliceMs = 120
const sliceMs = 60

/** Cuts speech into short pieces, so that an abort takes effect at once; the first is long enough for a listener to start with. */
export function* sliceSpeech({ samples, sampleRateHz }: Speech, signal: AbortSignal): Iterable<Speech> {
  const samplesOf = (ms: number) => Math.round((sampleRateHz * ms) / 1_000)
  let length = samplesOf(firstSliceMs)
  for (let at = 0; at < samples.length && !signal.aborted; ) {
    yield { samples: samples.subarray(at, at + length), sampleRateHz }
    at += length
    length = samplesOf(sliceMs)
  }
}
