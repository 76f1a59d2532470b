/**
 * How long one speaker's pauses inside a sentence are, learned over turns as one number in ms that the runtime keeps on disk.
 * Slow talkers get a longer wait from it; nobody gets a shorter one than the default.
 */
export const typicalPauseMs = 250

const shortestPauseMs = 120
const longestPauseMs = 2_000
const weight = 0.2
const mostPatience = 2

/** Takes in a pause after which the speaker went on. Short gaps are part of words and teach nothing. */
export const learnPause = (averageMs: number, pauseMs: number): number => {
  if (!(pauseMs >= shortestPauseMs)) return averageMs
  return averageMs + weight * (Math.min(pauseMs, longestPauseMs) - averageMs)
}

/** Factor from 1 to 2 by which waits grow. */
export const patienceOf = (averageMs: number): number =>
  Number.isFinite(averageMs) ? Math.min(mostPatience, Math.max(1, averageMs / typicalPauseMs)) : 1
