/** Where in an utterance the speech lies, in samples; ends are exclusive. */
export type SpeechSpan = {
  /** With a margin of 200 ms, as far as there is audio. */
  readonly startSample: number
  readonly endSample: number
  readonly speechStartSample: number
  readonly speechEndSample: number
}

export type SpanTracker = {
  readonly add: (samples: Int16Array) => void
  /** Undefined as long as nothing stands out of the background. */
  readonly span: () => SpeechSpan | undefined
  /** How long it has been quiet after the last speech. */
  readonly silentForMs: () => number
}

const frameSamples = 160
const frameMs = 10
const marginFrames = 20
/** Share of the way from background to loudest speech that a frame must reach. */
const speechShare = 0.35
const backgroundQuantile = 0.1
const speechQuantile = 0.95
/** Less between background and speech is no speech. */
const leastRangeDb = 6

const levelDb = (samples: Int16Array): number => {
  let power = 0
  for (const sample of samples) power += sample * sample
  return 10 * Math.log10(power / samples.length + 1)
}

/**
 * Levels of 10 ms frames against their own distribution, at 16 kHz. Whole utterances are decoded without the silence round them: their
 * means are then those of speech, and they are shorter.
 */
export const createSpanTracker = (): SpanTracker => {
  const levelsDb: number[] = []
  let rest = new Int16Array(0)
  const loudFrames = (): { readonly first: number; readonly last: number } | undefined => {
    const sorted = Float32Array.from(levelsDb).sort()
    const at = (quantile: number) => sorted[Math.floor(sorted.length * quantile)] ?? 0
    const backgroundDb = at(backgroundQuantile)
    const rangeDb = at(speechQuantile) - backgroundDb
    if (rangeDb < leastRangeDb) return undefined
    const isLoud = (levelDbOfFrame: number) => levelDbOfFrame > backgroundDb + rangeDb * speechShare
    const first = levelsDb.findIndex(isLoud)
    return first < 0 ? undefined : { first, last: levelsDb.findLastIndex(isLoud) }
  }
  return {
    add: (samples) => {
      const all = new Int16Array(rest.length + samples.length)
      all.set(rest)
      all.set(samples, rest.length)
      const frames = Math.floor(all.length / frameSamples)
      for (let frame = 0; frame < frames; frame++) {
        levelsDb.push(levelDb(all.subarray(frame * frameSamples, (frame + 1) * frameSamples)))
      }
      rest = all.slice(frames * frameSamples)
    },
    span: () => {
      const loud = loudFrames()
      if (!loud) return undefined
      const [first, end] = [loud.first, loud.last + 1]
      return {
        startSample: Math.max(0, first - marginFrames) * frameSamples,
        endSample: Math.min(levelsDb.length, end + marginFrames) * frameSamples,
        speechStartSample: first * frameSamples,
        speechEndSample: end * frameSamples,
      }
    },
    silentForMs: () => {
      const loud = loudFrames()
      return loud ? (levelsDb.length - 1 - loud.last) * frameMs : 0
    },
  }
}

const tolerance = 3 * frameSamples

/** The same speech: more silence behind it moves the edges a little. */
export const sameSpan = (left: SpeechSpan, right: SpeechSpan): boolean =>
  Math.abs(left.speechStartSample - right.speechStartSample) <= tolerance &&
  Math.abs(left.speechEndSample - right.speechEndSample) <= tolerance
