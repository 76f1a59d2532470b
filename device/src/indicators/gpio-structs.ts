/**
 * The kernel's interface to GPIO lines, version 2 (linux/gpio.h), and to SPI (linux/spi/spidev.h), for 64-bit machines of either
 * make, little-endian. Checked against the headers by gpio-structs.test.ts.
 *
 *     gpio_v2_line_request  0 offsets u32[64] | 256 consumer char[32] | 288 config.flags u64 ... | 560 num_lines u32 | 588 fd s32
 *     gpio_v2_line_values   0 bits u64 | 8 mask u64
 */
export const requestBytes = 592
export const valuesBytes = 16
export const chipInfoBytes = 68
export const ioctls = {
  /** `_IOR(0xB4, 0x01, struct gpiochip_info)` */
  chipInfo: 0x8044b401,
  /** `_IOWR(0xB4, 0x07, struct gpio_v2_line_request)` */
  getLine: 0xc250b407,
  /** `_IOWR(0xB4, 0x0E, struct gpio_v2_line_values)` */
  getValues: 0xc010b40e,
  /** `_IOW('k', 4, __u32)` */
  spiSpeed: 0x40046b04,
} as const
const at = { consumer: 256, flags: 288, numLines: 560, fd: 588 } as const
export const flags = { activeLow: 1n << 1n, input: 1n << 2n, pullUp: 1n << 8n } as const
const mostLines = 64

/** Inputs that a button pulls to ground, held up by the chip: pressed reads as 1. */
export const lineRequest = (offsets: readonly number[], consumer: string): Uint8Array => {
  if (offsets.length < 1 || offsets.length > mostLines)
    throw new RangeError(`1 to ${mostLines} lines, got ${offsets.length}`)
  const bytes = new Uint8Array(requestBytes)
  const view = new DataView(bytes.buffer)
  offsets.forEach((offset, line) => {
    view.setUint32(line * 4, offset, true)
  })
  bytes.set(Buffer.from(consumer).subarray(0, 31), at.consumer)
  view.setBigUint64(at.flags, flags.input | flags.activeLow | flags.pullUp, true)
  view.setUint32(at.numLines, offsets.length, true)
  return bytes
}

/** `gpiochip_info`: name char[32], label char[32], lines u32. */
export const chipLabel = (info: Uint8Array): string =>
  Buffer.from(info.subarray(32, 64)).toString('latin1').replace(/\0.*$/s, '')

/** The file descriptor that the kernel wrote into a request. */
export const lineFd = (request: Uint8Array): number =>
  new DataView(request.buffer, request.byteOffset).getInt32(at.fd, true)

export const valuesRequest = (lines: number): Uint8Array => {
  const bytes = new Uint8Array(valuesBytes)
  new DataView(bytes.buffer).setBigUint64(8, (1n << BigInt(lines)) - 1n, true)
  return bytes
}

export const isOn = (values: Uint8Array, line: number): boolean =>
  ((new DataView(values.buffer, values.byteOffset).getBigUint64(0, true) >> BigInt(line)) & 1n) === 1n
