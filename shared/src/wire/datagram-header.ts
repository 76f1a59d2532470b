/**
 * The clear part of a sound datagram (docs/protocol.md). Pure: runs in a browser.
 *
 * ```
 *  0        1        2                        10           14           18                  n-16       n
 *  +--------+--------+------------------------+------------+------------+--------------------+----------+
 *  |ver|type| flags  | stream id, 64 bit      | seq, u32   | media time | ciphertext         | GCM tag  |
 *  +--------+--------+------------------------+------------+------------+--------------------+----------+
 *  ver: high 4 bits of byte 0, version 1. type: low 4 bits. All numbers big-endian.
 *  flags: bit 0 marker, bit 1 redundancy present; the others are sent as 0 and ignored.
 *  media time: u32, samples; wraps.
 * ```
 */
export const headerBytes = 18
export const tagBytes = 16
/** Stays below the smallest path MTU that matters (IPv6 minimum 1,280 minus IP and UDP headers). */
export const maxDatagramBytes = 1_200
export const minDatagramBytes = headerBytes + tagBytes

export const protocolVersion = 1
export const offsets = { versionAndType: 0, flags: 1, streamId: 2, sequence: 10, mediaTime: 14 } as const
const flagBits = { marker: 0b01, redundancy: 0b10 } as const

export const datagramTypes = ['audio', 'probe', 'probe_reply', 'end_of_stream', 'receiver_report'] as const
export type DatagramType = (typeof datagramTypes)[number]

export type Header = {
  readonly type: DatagramType
  /** First frame of a talk spurt. */
  readonly marker: boolean
  readonly hasRedundancy: boolean
  readonly streamId: bigint
  /** u32 */
  readonly sequence: number
  /** u32, samples */
  readonly mediaTime: number
}

const typeCodes: Record<DatagramType, number> = {
  audio: 0,
  probe: 1,
  probe_reply: 2,
  end_of_stream: 3,
  receiver_report: 4,
}

/**
 * Each direction has two sequence spaces, as RTP and RTCP have: `media` (audio, end of stream) counts without holes of its own
 * making, so that a hole is a loss; `control` (probes, reports) counts by itself. The space is part of the nonce.
 */
export type SequenceSpace = 'media' | 'control'

export const spaceOf = (type: DatagramType): SequenceSpace =>
  type === 'audio' || type === 'end_of_stream' ? 'media' : 'control'

/** Writes 18 bytes at the start of `target`, which must have room for them. */
export const encodeHeaderInto = (target: DataView, header: Header): void => {
  target.setUint8(offsets.versionAndType, (protocolVersion << 4) | typeCodes[header.type])
  target.setUint8(
    offsets.flags,
    (header.marker ? flagBits.marker : 0) | (header.hasRedundancy ? flagBits.redundancy : 0),
  )
  target.setBigUint64(offsets.streamId, header.streamId)
  target.setUint32(offsets.sequence, header.sequence)
  target.setUint32(offsets.mediaTime, header.mediaTime)
}

/** The readers below take the first bytes of a datagram of at least `minDatagramBytes`: check the length first. */
export const versionOf = (bytes: Uint8Array): number => (bytes[offsets.versionAndType] ?? 0) >>> 4

export const typeOf = (bytes: Uint8Array): DatagramType | undefined =>
  datagramTypes[(bytes[offsets.versionAndType] ?? 0) & 0x0f]

export const hasMarker = (bytes: Uint8Array): boolean => ((bytes[offsets.flags] ?? 0) & flagBits.marker) !== 0

export const hasRedundancy = (bytes: Uint8Array): boolean => ((bytes[offsets.flags] ?? 0) & flagBits.redundancy) !== 0

export const readU32 = (bytes: Uint8Array, offset: number): number =>
  (((bytes[offset] ?? 0) << 24) |
    ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) |
    (bytes[offset + 3] ?? 0)) >>>
  0

export const readStreamId = (bytes: Uint8Array): bigint =>
  (BigInt(readU32(bytes, offsets.streamId)) << 32n) | BigInt(readU32(bytes, offsets.streamId + 4))
