/** Int16 to the -1 to 1 floats of the engine, and back. */
export const toFloats = (samples: Int16Array): Float32Array => Float32Array.from(samples, (sample) => sample / 32_768)

export const toInt16 = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767))))
