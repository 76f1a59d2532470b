import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOpener, createSealer, type Outgoing, peekStreamId, type StreamKey } from '../../src/wire/datagram.ts'
import { datagramTypes, spaceOf } from '../../src/wire/datagram-header.ts'
import { holds } from '../holds.ts'

const streams = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  streamId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  direction: fc.constantFrom('uplink', 'downlink'),
}) satisfies fc.Arbitrary<StreamKey>
const frames = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength })
const outgoing: fc.Arbitrary<Outgoing> = fc.record({
  type: fc.constantFrom(...datagramTypes),
  marker: fc.boolean(),
  mediaTime: fc.nat({ max: 2 ** 33 }),
  payload: frames(300),
  redundancy: fc.array(frames(255), { maxLength: 3 }),
})

describe('any datagram', () => {
  it('opens as it was sealed', () => {
    holds(
      fc.property(streams, fc.array(outgoing, { minLength: 1, maxLength: 10 }), (stream, all) => {
        const sealer = createSealer(stream)
        const opener = createOpener(stream)
        for (const one of all.filter(({ type }) => type !== 'end_of_stream')) {
          const opened = opener.open(sealer.seal(one))
          if (!opened.ok) throw new Error(opened.error.code)
          expect(opened.value).toMatchObject({ type: one.type, marker: one.marker, mediaTime: one.mediaTime >>> 0 })
          expect(opened.value.payload).toEqual(one.payload)
          const carried = spaceOf(one.type) === 'media' ? (one.redundancy ?? []) : []
          expect(opened.value.redundancy ?? []).toEqual(carried)
        }
      }),
    )
  })

  it('is refused when any bit of it is flipped, and changes nothing', () => {
    holds(
      fc.property(streams, outgoing, fc.nat(), fc.integer({ min: 0, max: 7 }), (stream, one, at, bit) => {
        const sealed = createSealer(stream).seal(one)
        const flipped = sealed.slice()
        const offset = at % sealed.length
        flipped[offset] = (flipped[offset] ?? 0) ^ (1 << bit)
        const opener = createOpener(stream)
        expect(opener.open(flipped).ok).toBe(false)
        expect(opener.open(sealed).ok).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is refused when it is cut short anywhere', () => {
    holds(
      fc.property(streams, outgoing, fc.nat(), (stream, one, at) => {
        const sealed = createSealer(stream).seal(one)
        expect(createOpener(stream).open(sealed.subarray(0, at % sealed.length)).ok).toBe(false)
      }),
    )
  })

  it('of random bytes is refused without a throw', () => {
    const stream: StreamKey = { key: new Uint8Array(32), streamId: 0n, direction: 'uplink' }
    const opener = createOpener(stream)
    const plausible = fc
      .tuple(fc.constantFrom(0x10, 0x11, 0x12, 0x13, 0x14), fc.uint8Array({ maxLength: 1_300 }))
      .map(([first, rest]) => Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...rest))
    holds(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 1_300 }), plausible), (bytes) => {
        peekStreamId(bytes)
        expect(opener.open(bytes).ok).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('opens only under the key, stream and direction it was sealed for', () => {
    holds(
      fc.property(streams, streams, outgoing, (stream, other, one) => {
        fc.pre(Buffer.compare(stream.key, other.key) !== 0)
        const sealed = createSealer(stream).seal(one)
        expect(createOpener(other).open(sealed).ok).toBe(false)
        expect(createOpener({ ...stream, key: other.key }).open(sealed).ok).toBe(false)
        expect(createOpener({ ...stream, streamId: stream.streamId ^ 1n }).open(sealed).ok).toBe(false)
      }),
    )
  })

  it('opens once, in whatever order and however often it comes', () => {
    holds(
      fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 120 }), (order) => {
        const stream: StreamKey = { key: new Uint8Array(32), streamId: 7n, direction: 'downlink' }
        const sealer = createSealer(stream)
        const sealed = Array.from({ length: 41 }, (_, i) =>
          sealer.seal({ type: 'audio', mediaTime: i, payload: Uint8Array.of(1) }),
        )
        const opener = createOpener(stream)
        const opened = order.filter((index) => opener.open(sealed[index] ?? new Uint8Array(0)).ok)
        expect(opened.length).toBe(new Set(order).size)
      }),
    )
  })

  it('of an end of stream shares its count with audio, and control has a count of its own', () => {
    holds(
      fc.property(streams, fc.array(outgoing, { maxLength: 30 }), (stream, all) => {
        const sealer = createSealer(stream)
        const opener = createOpener(stream)
        const seen = { media: -1, control: -1 }
        for (const one of all) {
          const opened = opener.open(sealer.seal(one))
          if (!opened.ok) {
            // Only a repeated end of stream gives the same bytes again.
            expect([one.type, opened.error.code]).toEqual(['end_of_stream', 'replayed'])
            continue
          }
          const space = spaceOf(one.type)
          expect(opened.value.sequence).toBe(seen[space] + 1)
          seen[space] = opened.value.sequence
        }
      }),
    )
  })
})
