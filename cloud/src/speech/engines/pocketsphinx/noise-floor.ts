/** About -66 dBFS: below the noise of any room and microphone. */
const floorLsb = 16

/**
 * Adds a floor of noise. Recordings that are silent between the words (gated microphones, DTX) drive the running means of the passes
 * that run along so far that they understand nothing: of 60 clean commands 24 were right without it, 56 with it.
 */
export const createNoiseFloor = (): ((samples: Int16Array) => Int16Array) => {
  // A linear congruential generator: the same audio must give the same text.
  let state = 12_345
  return (samples) =>
    samples.map((sample) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      const noise = ((state >> 8) % (2 * floorLsb + 1)) - floorLsb
      return Math.max(-32_768, Math.min(32_767, sample + noise))
    })
}
