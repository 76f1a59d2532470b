/** Arithmetic on 16-bit PCM: Int16Array, mono unless said otherwise. */

/** The nearest 16-bit sample; NaN becomes 0 when stored. */
export const clampToInt16 = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value)))

/** What silence measures: the floor keeps -Infinity out of averages and JSON. */
export const silenceDbfs = -96

/** Root mean square against full scale (a square wave at 32,767 is 0 dBFS); never below -96, which is also the level of nothing. */
export const levelDbfs = (samples: Int16Array): number => {
  let sumOfSquares = 0
  for (const sample of samples) sumOfSquares += sample * sample
  if (sumOfSquares === 0) return silenceDbfs
  return Math.max(silenceDbfs, 10 * Math.log10(sumOfSquares / samples.length / 32_767 ** 2))
}

export const gainOfDb = (db: number): number => 10 ** (db / 20)

/** A new array; clips at full scale. `gain` is linear. */
export const applyGain = (samples: Int16Array, gain: number): Int16Array =>
  samples.map((sample) => clampToInt16(sample * gain))

/** Adds `source` to the first samples of `target`, in place; clips at full scale. What `target` has no room for is left out. */
export const mixInto = (target: Int16Array, source: Int16Array, gain = 1): void => {
  const length = Math.min(target.length, source.length)
  for (let i = 0; i < length; i++) target[i] = clampToInt16((target[i] ?? 0) + (source[i] ?? 0) * gain)
}

export const concatSamples = (parts: readonly Int16Array[]): Int16Array => {
  const joined = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Little-endian bytes, a copy. */
export const toBytesLe = (samples: Int16Array): Uint8Array => {
  const bytes = new Uint8Array(samples.length * 2)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < samples.length; i++) view.setInt16(i * 2, samples[i] ?? 0, true)
  return bytes
}

/** Samples from little-endian bytes, a copy, whatever the alignment; an odd last byte is left out. */
export const fromBytesLe = (bytes: Uint8Array): Int16Array => {
  const samples = new Int16Array(bytes.length >>> 1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(i * 2, true)
  return samples
}
