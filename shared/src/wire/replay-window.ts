/**
 * Which of the last 64 sequence numbers of a stream have been seen (RFC 4303 section 3.4.3). Sequence numbers are u32 and do not
 * wrap under one key, so they compare as plain numbers. Ask before authenticating, accept only after it.
 */
export type ReplayWindow = {
  /** True when `sequence` is new: above all seen so far, or an unseen one within the 64 below. Changes nothing. */
  readonly isFresh: (sequence: number) => boolean
  /** Marks `sequence` as seen. Only for one that is fresh. */
  readonly accept: (sequence: number) => void
}

export const replayWindowPackets = 64

const halfBits = 32

export const createReplayWindow = (): ReplayWindow => {
  let highest = -1
  // Bit n of the pair is highest - n; two u32 halves because bitwise operators have 32 bits.
  let recentBits = 0
  let olderBits = 0

  const isFresh = (sequence: number): boolean => {
    const age = highest - sequence
    if (age < 0) return true
    if (age >= replayWindowPackets) return false
    return age < halfBits ? ((recentBits >>> age) & 1) === 0 : ((olderBits >>> (age - halfBits)) & 1) === 0
  }
  /** Moves the window up by `by` > 0. Shift counts of 32 and more would wrap in JavaScript, so each range is its own case. */
  const slide = (by: number) => {
    if (by >= replayWindowPackets) {
      recentBits = 0
      olderBits = 0
    } else if (by >= halfBits) {
      olderBits = (recentBits << (by - halfBits)) >>> 0
      recentBits = 0
    } else {
      olderBits = ((olderBits << by) | (recentBits >>> (halfBits - by))) >>> 0
      recentBits = (recentBits << by) >>> 0
    }
  }
  const accept = (sequence: number) => {
    if (sequence > highest) {
      slide(sequence - highest)
      highest = sequence
    }
    const age = highest - sequence
    if (age < halfBits) recentBits = (recentBits | (1 << age)) >>> 0
    else olderBits = (olderBits | (1 << (age - halfBits))) >>> 0
  }
  return { isFresh, accept }
}
