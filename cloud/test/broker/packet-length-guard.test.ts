import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPacketLengthGuard } from '../../src/broker/packet-length-guard.ts'

const lengthBytes = (length: number): number[] =>
  length < 128 ? [length] : [(length % 128) | 128, ...lengthBytes(Math.floor(length / 128))]
const packet = (length: number): number[] => [0x30, ...lengthBytes(length), ...new Array<number>(length).fill(0xff)]

test('packets up to the limit pass however they are cut, one byte more does not', () => {
  const arbitrary = fc.record({
    lengths: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }),
    cut: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(arbitrary, ({ lengths, cut }) => {
      const guard = createPacketLengthGuard(300)
      const bytes = Uint8Array.from(lengths.flatMap(packet))
      for (let at = 0; at < bytes.length; at += cut) expect(guard.accepts(bytes.subarray(at, at + cut))).toBe(true)
      expect(guard.accepts(Uint8Array.from([0x30, ...lengthBytes(301)]))).toBe(false)
    }),
  )
})

test('a length of more than four bytes is malformed', () => {
  expect(createPacketLengthGuard(1_000).accepts(Uint8Array.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
})
