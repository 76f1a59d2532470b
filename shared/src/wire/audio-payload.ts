import { ok, type Result, refuse } from '../result.ts'

/**
 * The plaintext of an audio datagram, and of an end of stream. Pure: runs in a browser. The idea is RFC 2198's, the depth is
 * ADR 0002's.
 *
 * ```
 *  without the redundancy flag:   Opus frame
 *
 *  with it:
 *  +-------+---------+------------------+---------+------------------+-----+------------------+
 *  | count | length  | frame seq-1      | length  | frame seq-2      | ... | Opus frame of seq|
 *  | u8    | u8      | length bytes     | u8      | length bytes     |     | the rest, >= 1 B |
 *  +-------+---------+------------------+---------+------------------+-----+------------------+
 *  count 1 to 3; length 1 to 255; newest first. An end of stream has no frame of its own: there the rest may be empty.
 * ```
 */
export type AudioPayload = {
  /** Empty in an end of stream. */
  readonly frame: Uint8Array
  /** Index 0 is the frame before this one (sequence - 1), index 1 the one before that. */
  readonly redundancy: readonly Uint8Array[]
}

export const maxRedundancyDepth = 3
/** What senders carry: two lost in a row are recovered (docs/adr/0002). */
export const defaultRedundancyDepth = 2
const maxRedundantFrameBytes = 255
const countBytes = 1
const lengthBytes = 1

/**
 * The leading frames of `redundancy` that fit `roomBytes` and the format: it stops at the first that does not, because the
 * place in the list is the distance.
 */
export const fittingRedundancy = (redundancy: readonly Uint8Array[], roomBytes: number): readonly Uint8Array[] => {
  let usedBytes = countBytes
  let count = 0
  for (const frame of redundancy.slice(0, maxRedundancyDepth)) {
    usedBytes += lengthBytes + frame.length
    if (frame.length < 1 || frame.length > maxRedundantFrameBytes || usedBytes > roomBytes) break
    count++
  }
  return redundancy.slice(0, count)
}

/** `redundancy` as `fittingRedundancy` gave it, and not empty. */
export const encodeWithRedundancy = ({ frame, redundancy }: AudioPayload): Uint8Array => {
  const blockBytes = redundancy.reduce((sum, earlier) => sum + lengthBytes + earlier.length, countBytes)
  const encoded = new Uint8Array(blockBytes + frame.length)
  encoded[0] = redundancy.length
  let offset = countBytes
  for (const earlier of redundancy) {
    encoded[offset] = earlier.length
    encoded.set(earlier, offset + lengthBytes)
    offset += lengthBytes + earlier.length
  }
  encoded.set(frame, offset)
  return encoded
}

/** The frames that the next datagram repeats: one per sending stream. */
export type RedundancyHistory = {
  /** The frames before this one, newest first; then remembers it. */
  readonly before: (frame: Uint8Array) => readonly Uint8Array[]
  /** The last frames, newest first: for the end of the stream. */
  readonly latest: () => readonly Uint8Array[]
}

/** Keeps views: the frames must not be written to later. `depth` 0 to 3; 0 turns redundancy off. */
export const createRedundancyHistory = (depth: number = defaultRedundancyDepth): RedundancyHistory => {
  let frames: readonly Uint8Array[] = []
  return {
    before: (frame) => {
      const earlier = frames
      frames = [frame, ...frames].slice(0, depth)
      return earlier
    },
    latest: () => frames,
  }
}

export type PayloadForm = {
  readonly hasRedundancy: boolean
  /** 1 for audio, 0 for an end of stream. */
  readonly leastFrameBytes: 0 | 1
}

/** Views into `plaintext`, no copies. */
export const decodeAudioPayload = (
  plaintext: Uint8Array,
  { hasRedundancy, leastFrameBytes }: PayloadForm,
): Result<AudioPayload, string> => {
  if (plaintext.length < leastFrameBytes) return refuse('1 byte needed for the frame, 0 left')
  if (!hasRedundancy) return ok({ frame: plaintext, redundancy: [] })
  if (plaintext.length < countBytes) return refuse('1 byte needed for the redundancy count, 0 left')
  const count = plaintext[0] ?? 0
  if (count < 1 || count > maxRedundancyDepth)
    return refuse(`1 to ${maxRedundancyDepth} redundant frames, got ${count}`)
  const redundancy: Uint8Array[] = []
  let offset = countBytes
  for (let distance = 1; distance <= count; distance++) {
    const leftBytes = plaintext.length - offset - lengthBytes
    if (leftBytes < 0) return refuse(`1 byte needed for the length of redundant frame ${distance}, 0 left`)
    const frameBytes = plaintext[offset] ?? 0
    if (frameBytes < 1) return refuse(`redundant frame ${distance} is empty`)
    if (frameBytes > leftBytes) {
      return refuse(`${frameBytes} bytes needed for redundant frame ${distance}, ${leftBytes} left`)
    }
    offset += lengthBytes
    redundancy.push(plaintext.subarray(offset, offset + frameBytes))
    offset += frameBytes
  }
  if (plaintext.length - offset < leastFrameBytes) return refuse('1 byte needed for the frame, 0 left')
  return ok({ frame: plaintext.subarray(offset), redundancy })
}
