/** Uniform numbers in [0, 1), the same shape as `Math.random`. */
export type Random = () => number

/**
 * A repeatable source of numbers for tests, the simulator and load: one seed (any number, taken as u32), one sequence.
 * Algorithm mulberry32. Never for keys, nonces or ids: those come from node:crypto.
 */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
