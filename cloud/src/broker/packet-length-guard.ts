/**
 * Watches the bytes of one MQTT connection go by and tells when a packet announces more than is allowed: the parser behind it
 * would collect all of it in memory first, also of a stranger who has shown no password yet.
 *
 *   byte 1: type and flags | bytes 2..5: remaining length, 7 bits each, least significant first (MQTT 3.1.1 section 2.2.3)
 */
export type PacketLengthGuard = {
  /** False as soon as one packet is too long or its length is malformed; the connection is then to be cut. */
  readonly accepts: (chunk: Uint8Array) => boolean
}

const continues = 0x80
const maxLengthBytes = 4

export const createPacketLengthGuard = (maxRemainingBytes: number): PacketLengthGuard => {
  let bodyLeft = 0
  let lengthBytes = -1
  let length = 0
  const endHeader = (): boolean => {
    bodyLeft = length
    lengthBytes = -1
    return length <= maxRemainingBytes
  }
  const readHeaderByte = (byte: number): boolean => {
    if (lengthBytes < 0) {
      lengthBytes = 0
      length = 0
      return true
    }
    length += (byte & ~continues) * 2 ** (7 * lengthBytes)
    lengthBytes += 1
    if ((byte & continues) === 0) return endHeader()
    return lengthBytes < maxLengthBytes
  }
  return {
    accepts: (chunk) => {
      let offset = 0
      while (offset < chunk.length) {
        if (bodyLeft > 0) {
          const skipped = Math.min(bodyLeft, chunk.length - offset)
          bodyLeft -= skipped
          offset += skipped
        } else {
          if (!readHeaderByte(chunk[offset] ?? 0)) return false
          offset += 1
        }
      }
      return true
    },
  }
}
