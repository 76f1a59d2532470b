/** FIN, and the opcode of text. */
const wholeText = 0x81
const shortest = 2
const maxShort = 125
const max16 = 0xffff
const lengthIs16 = 126
const lengthIs64 = 127

/**
 * A message of a server in one unfragmented, unmasked frame (RFC 6455 section 5.2): the same bytes for everybody who gets it.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-----+-------+-+-------------+-------------------------------+
 *     |1| 0   |   1   |0| length, 126 | 16 bits of it if 126          |
 *     | |     | text  | | or 127      | 64 bits if 127                |
 *     +-+-----+-------+-+-------------+-------------------------------+
 */
export const textFrame = (text: string): Buffer => {
  const length = Buffer.byteLength(text)
  const start = shortest + (length <= maxShort ? 0 : length <= max16 ? 2 : 8)
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = wholeText
  if (length <= maxShort) frame[1] = length
  else if (length <= max16) {
    frame[1] = lengthIs16
    frame.writeUInt16BE(length, shortest)
  } else {
    frame[1] = lengthIs64
    frame.writeBigUInt64BE(BigInt(length), shortest)
  }
  frame.write(text, start)
  return frame
}
