import { concatSamples, levelDbfs } from '@mynah/shared/audio/pcm.ts'
import type { RecogniserSession, SpokenWake } from '../recogniser.ts'

const samplesPerMs = 16
/** Where the word may end, beside the moment at which the speaker knew it. */
const window = { beforeMs: 250, afterMs: 350 } as const
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
  const fromMs = Math.max(0, decidedMs - window.beforeMs)
  const untilMs = Math.min(Math.floor(samples.length / samplesPerMs), decidedMs + window.afterMs)
  const frames: { readonly atMs: number; readonly dbfs: number }[] = []
  for (let atMs = fromMs; atMs + frameMs <= untilMs; atMs += frameMs) {
    const frame = samples.subarray(atMs * samplesPerMs, (atMs + frameMs) * samplesPerMs)
    frames.push({ atMs, dbfs: levelDbfs(frame) })
  }
  const quietest = Math.min(...frames.map(({ dbfs }) => dbfs))
  const [first] = longestRun(frames, ({ dbfs }) => dbfs <= quietest + marginDb)
  return Math.min(samples.length, (first?.atMs ?? decidedMs) * samplesPerMs)
}

/**
 * A session that hears only what follows the wake word: a model of another language cannot say the word, and takes it for the nearest
 * command it knows. The word stands in front of the text, as it does where the engine has heard it itself.
 */
export const pastWake = (session: RecogniserSession, { text: word, preRollMs }: SpokenWake): RecogniserSession => {
  let held: Int16Array[] | undefined = []
  let heldSamples = 0
  const written = (text: string) => (text === '' ? '' : `${word} ${text}`)
  const release = (): Int16Array => {
    const all = concatSamples(held ?? [])
    held = undefined
    return all.slice(requestStart(all, preRollMs))
  }
  return {
    feed: async (samples) => {
      if (!held) return written(await session.feed(samples))
      held.push(samples)
      heldSamples += samples.length
      if (heldSamples < (preRollMs + window.afterMs) * samplesPerMs) return ''
      return written(await session.feed(release()))
    },
    finish: async () => {
      if (held) await session.feed(release())
      const heard = await session.finish()
      return { ...heard, text: written(heard.text) }
    },
    close: session.close,
  }
}
