import type { Colour } from './light-frame.ts'

/**
 * What APA102 lights take by SPI (APA102 datasheet, "Cascading data structure"):
 *
 *     00 00 00 00 | 111 bbbbb  blue  green  red | ... one of four bytes for each light ... | ff, a bit for every two lights
 *
 * `bbbbb` is a brightness of all three colours, kept at its lowest step but three: these lights dazzle.
 */
const startBytes = 4
const ledBytes = 4
const ledMark = 0b1110_0000
const brightness = 4

export const apa102Frame = (colours: readonly Colour[]): Uint8Array => {
  const endBytes = Math.ceil(colours.length / 16) + 3
  const bytes = new Uint8Array(startBytes + colours.length * ledBytes + endBytes).fill(0xff)
  bytes.fill(0, 0, startBytes)
  colours.forEach(([red, green, blue], led) => {
    bytes.set([ledMark | brightness, blue, green, red], startBytes + led * ledBytes)
  })
  return bytes
}
