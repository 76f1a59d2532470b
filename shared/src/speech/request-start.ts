import { levelDbfs } from '../audio/pcm.ts'

const samplesPerMs = 16
/** The word may have ended so long before the speaker knew it. */
const beforeMs = 250
/** A request begins no later than this after the decision. */
export const latestRequestMs = 350
const frameMs = 20
/** As quiet as the quietest. */
const marginDb = 6

/** The longest run of what fits, the first of those that are as long. */
const longestRun = <T>(all: readonly T[], fits: (one: T) => boolean): readonly T[] => {
  let longest: readonly T[] = []
  let run: T[] = []
  for (const one of all) {
    run = fits(one) ? [...run, one] : []
    if (run.length > longest.length) longest = run
  }
  return longest
}

/**
 * Where a request begins that follows a wake word, in samples (16 kHz): with the longest pause about `decidedMs`, when the speaker
 * decided that it was its word. Pure; what there is not of the window is left out.
 */
export const requestStart = (samples: Int16Array, decidedMs: number): number => {
  const fromMs = Math.max(0, decidedMs - beforeMs)
  const untilMs = Math.min(Math.floor(samples.length / samplesPerMs), decidedMs + latestRequestMs)
  const frames: { readonly atMs: number; readonly dbfs: number }[] = []
  for (let atMs = fromMs; atMs + frameMs <= untilMs; atMs += frameMs) {
    const frame = samples.subarray(atMs * samplesPerMs, (atMs + frameMs) * samplesPerMs)
    frames.push({ atMs, dbfs: levelDbfs(frame) })
  }
  const quietest = Math.min(...frames.map(({ dbfs }) => dbfs))
  const [first] = longestRun(frames, ({ dbfs }) => dbfs <= quietest + marginDb)
  return Math.min(samples.length, (first?.atMs ?? decidedMs) * samplesPerMs)
}
