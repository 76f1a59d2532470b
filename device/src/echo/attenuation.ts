/** By how much what is heard becomes quieter in an echo canceller, and what that says of it and of who is heard. */
export type Attenuation = {
  /** Of one frame; `isSounding` while there is something to be judged by. */
  readonly take: (frame: {
    readonly heardPower: number
    readonly cleanedPower: number
    readonly isSounding: boolean
  }) => void
  /** Of late it takes something away: 3 dB. */
  readonly works: () => boolean
  /** 6 dB. */
  readonly worksWell: () => boolean
  readonly isQuieter: () => boolean
  /** Over the length of a word; not below 0. */
  readonly ofWordDb: () => number
  /** Over the length of a word it was about as much as usual: nobody spoke. */
  readonly onlyEcho: () => boolean
  /** What comes has nothing to do with what was. What is usual stays. */
  readonly forget: () => void
}

/** Of a mean over so long half is 0.3 s old ... */
const lately = 0.95
/** ... and 0.7 s, as long as a word. */
const wordLong = 0.98
/** What is usual rises with what the filter learns, within 2 s, and hardly falls while somebody speaks, within 10. */
const usualRate = { rising: 0.01, falling: 0.002 }
/**
 * At first, and with a loudspeaker that distorts, what is usual is not much, and a person must be heard well; once it is a lot, a person
 * from across the room is heard through it.
 */
const usualWithinDb = 4
const onlyEchoFromDb = { least: 14, most: 26 }

export const createAttenuation = (): Attenuation => {
  const recent = createMean(lately)
  const ofWord = createMean(wordLong)
  let usualDb = 0
  const ofWordDb = () => Math.max(0, 10 * Math.log10(ofWord.ratio()))
  return {
    take: ({ heardPower, cleanedPower, isSounding }) => {
      for (const mean of [recent, ofWord]) mean.take(heardPower, cleanedPower)
      if (!isSounding) return
      const beyondDb = ofWordDb() - usualDb
      usualDb += (beyondDb > 0 ? usualRate.rising : usualRate.falling) * beyondDb
    },
    works: () => recent.ratio() >= 2,
    worksWell: () => recent.ratio() >= 4,
    isQuieter: () => recent.ratio() > 1,
    ofWordDb,
    onlyEcho: () => {
      const { least, most } = onlyEchoFromDb
      return ofWordDb() >= Math.min(most, Math.max(least, usualDb - usualWithinDb))
    },
    forget: () => {
      for (const mean of [recent, ofWord]) mean.forget()
    },
  }
}

/** Of powers, as their ratio; 1 while there was nothing. */
const createMean = (smoothing: number) => {
  let heard = 0
  let cleaned = 0
  return {
    take: (heardPower: number, cleanedPower: number) => {
      heard = smoothing * heard + heardPower
      cleaned = smoothing * cleaned + cleanedPower
    },
    ratio: () => (cleaned > 0 ? heard / cleaned : 1),
    forget: () => {
      heard = 0
      cleaned = 0
    },
  }
}
