/** The sum of the squares: the power of a piece of sound, times its length. */
export const powerOf = (samples: Float64Array): number => {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return sum
}
