/** The largest correlation of a sound with any place of a recording, 0 to 1; both thinned to 6 kHz after a short mean. */
export const bestLikeness = (recording: Int16Array, sound: Int16Array): number => {
  const thin = (samples: Int16Array) =>
    Float64Array.from({ length: Math.floor(samples.length / 4) }, (_, at) => {
      const four = samples.subarray(at * 4, at * 4 + 4)
      return four.reduce((sum, sample) => sum + sample, 0)
    })
  const [where, what] = [thin(recording), thin(sound)]
  const energyOf = (from: number) => {
    let energy = 0
    for (let i = 0; i < what.length; i++) energy += (where[from + i] ?? 0) ** 2
    return energy
  }
  const own = Math.sqrt(what.reduce((sum, value) => sum + value * value, 0))
  let best = 0
  let energy = energyOf(0)
  for (let at = 0; at + what.length < where.length; at++) {
    if (energy > 0) {
      let product = 0
      for (let i = 0; i < what.length; i++) product += (where[at + i] ?? 0) * (what[i] ?? 0)
      best = Math.max(best, product / (own * Math.sqrt(Math.max(1, energy))))
    }
    energy += (where[at + what.length] ?? 0) ** 2 - (where[at] ?? 0) ** 2
  }
  return best
}
