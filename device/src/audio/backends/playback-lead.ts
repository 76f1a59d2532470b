/**
 * Keeps as much sound waiting before a sound card as the card wants, whatever the clocks of computer and card make of it: a card that is
 * slower lets it pile up, so that what is to be silenced goes on; one that is faster runs dry. Pure; called for each frame of 10 ms.
 */
export type PlaybackLead = {
  /**
   * By how many frames to be behind (above 0, they are left out) or ahead (below 0, they come in addition) after this one; 0 nearly
   * always, and always while something sounds.
   */
  readonly step: (frame: {
    readonly silent: boolean
    readonly writtenBytes: number
    /** What the program has read since it was started, whatever it was; undefined where that cannot be known. */
    readonly readBytes: () => number | undefined
  }) => number
}

/** One minute: clocks differ by some 10 ms in it at worst. */
const lookEveryFrames = 6_000
/** The first time soon, whatever sounds, while nothing can have piled up: it is only looked at then. */
const firstLookFrames = 200
/** A program reads a period at a time: the mean of several is what waits. */
const readings = 16
/** Less than this waits: the card takes all there is, and is not full. */
const leastWaitingMs = 3
const mostWaitingMs = 25
const leftWaitingMs = 10
/** It cannot have read more of the sound than there was, but for what waited at the first look: one that seems to reads other things, and is not believed. */
const mostOtherMs = 200
/** Where nothing can be known, so much is left out for safety, and the card runs dry for a moment. */
const blindFrames = 20

export const createPlaybackLead = (format: { readonly bytesPerMs: number; readonly frameMs: number }): PlaybackLead => {
  let untilLook = firstLookFrames
  let looked = 0
  let sumBytes = 0
  /** What it had read beside sound: the most by which it was ever ahead of what was written. */
  let otherBytes = Number.NEGATIVE_INFINITY
  /** The same after the first look; undefined before. */
  let firstOtherBytes: number | undefined

  const correction = (): number => {
    if (firstOtherBytes === undefined) return 0
    const waitingMs = (otherBytes - sumBytes / looked) / format.bytesPerMs
    if (waitingMs > mostWaitingMs) return Math.floor((waitingMs - leftWaitingMs) / format.frameMs)
    return waitingMs < leastWaitingMs ? -1 : 0
  }
  const isBelieved = () => otherBytes - (firstOtherBytes ?? otherBytes) <= mostOtherMs * format.bytesPerMs
  const again = () => {
    firstOtherBytes ??= otherBytes
    untilLook = lookEveryFrames
    looked = 0
    sumBytes = 0
  }
  return {
    step: ({ silent, writtenBytes, readBytes }) => {
      untilLook--
      const isFirst = firstOtherBytes === undefined
      if (untilLook > 0 || (!silent && !isFirst)) return 0
      const read = readBytes()
      if (read === undefined) {
        const blind = isFirst ? 0 : blindFrames
        again()
        return blind
      }
      const aheadBytes = read - writtenBytes
      otherBytes = Math.max(otherBytes, aheadBytes)
      sumBytes += aheadBytes
      looked++
      if (looked < readings) return 0
      const frames = isBelieved() ? correction() : blindFrames
      again()
      return frames
    },
  }
}
