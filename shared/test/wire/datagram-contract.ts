import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createOpener,
  createSealer,
  type Direction,
  type Outgoing,
  peekStreamId,
  type StreamKey,
} from '../../src/wire/datagram.ts'
import type { CreateDatagramCipher } from '../../src/wire/datagram-cipher.ts'
import { datagramTypes, spaceOf } from '../../src/wire/datagram-header.ts'
import datagrams from '../golden/datagrams.json' with { type: 'json' }
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

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
// The JSON holds one of the two words; its inferred type is string.
const streamOf = (direction: string) => ({
  key: bytesOf(datagrams.key),
  streamId: BigInt(`0x${datagrams.stream_id}`),
  direction: direction as Direction,
})

/** What every cipher of datagrams keeps: the golden bytes and the properties. */
export const datagramContract = (name: string, createCipher: CreateDatagramCipher): void => {
  describe(name, () => {
    describe('any datagram', () => {
      it('opens as it was sealed', () => {
        holds(
          fc.property(streams, fc.array(outgoing, { minLength: 1, maxLength: 10 }), (stream, all) => {
            const sealer = createSealer(stream, createCipher)
            const opener = createOpener(stream, createCipher)
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
            const sealed = createSealer(stream, createCipher).seal(one)
            const flipped = sealed.slice()
            const offset = at % sealed.length
            flipped[offset] = (flipped[offset] ?? 0) ^ (1 << bit)
            const opener = createOpener(stream, createCipher)
            expect(opener.open(flipped).ok).toBe(false)
            expect(opener.open(sealed).ok).toBe(true)
          }),
          { numRuns: 500 },
        )
      })

      it('is refused when it is cut short anywhere', () => {
        holds(
          fc.property(streams, outgoing, fc.nat(), (stream, one, at) => {
            const sealed = createSealer(stream, createCipher).seal(one)
            expect(createOpener(stream, createCipher).open(sealed.subarray(0, at % sealed.length)).ok).toBe(false)
          }),
        )
      })

      it('of random bytes is refused without a throw', () => {
        const stream: StreamKey = { key: new Uint8Array(32), streamId: 0n, direction: 'uplink' }
        const opener = createOpener(stream, createCipher)
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
            const sealed = createSealer(stream, createCipher).seal(one)
            expect(createOpener(other, createCipher).open(sealed).ok).toBe(false)
            expect(createOpener({ ...stream, key: other.key }, createCipher).open(sealed).ok).toBe(false)
            expect(createOpener({ ...stream, streamId: stream.streamId ^ 1n }, createCipher).open(sealed).ok).toBe(
              false,
            )
          }),
        )
      })

      it('opens once, in whatever order and however often it comes', () => {
        holds(
          fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 120 }), (order) => {
            const stream: StreamKey = { key: new Uint8Array(32), streamId: 7n, direction: 'downlink' }
            const sealer = createSealer(stream, createCipher)
            const sealed = Array.from({ length: 41 }, (_, i) =>
              sealer.seal({ type: 'audio', mediaTime: i, payload: Uint8Array.of(1) }),
            )
            const opener = createOpener(stream, createCipher)
            const opened = order.filter((index) => opener.open(sealed[index] ?? new Uint8Array(0)).ok)
            expect(opened.length).toBe(new Set(order).size)
          }),
        )
      })

      it('of an end of stream shares its count with audio, and control has a count of its own', () => {
        holds(
          fc.property(streams, fc.array(outgoing, { maxLength: 30 }), (stream, all) => {
            const sealer = createSealer(stream, createCipher)
            const opener = createOpener(stream, createCipher)
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

    describe('golden datagrams', () => {
      it.each(datagrams.good)('opens: $name', (golden) => {
        const opened = createOpener(streamOf(golden.direction), createCipher).open(bytesOf(golden.bytes))
        expect(opened).toEqual({
          ok: true,
          value: {
            type: golden.type,
            marker: golden.marker,
            streamId: BigInt(`0x${datagrams.stream_id}`),
            sequence: golden.sequence,
            mediaTime: golden.media_time,
            payload: bytesOf(golden.payload),
            ...(golden.redundancy.length > 0 ? { redundancy: golden.redundancy.map(bytesOf) } : {}),
          },
        })
      })

      it.each(datagrams.good)('seals to the same bytes: $name', (golden) => {
        const type = datagramTypes.find((one) => one === golden.type) ?? 'audio'
        const sealer = createSealer(streamOf(golden.direction), createCipher)
        const filler = type === 'end_of_stream' ? 'audio' : type
        for (let i = 0; i < golden.sequence; i++) sealer.seal({ type: filler, mediaTime: 0, payload: Uint8Array.of(0) })
        const sealed = sealer.seal({
          type,
          marker: golden.marker,
          mediaTime: golden.media_time,
          payload: bytesOf(golden.payload),
          redundancy: golden.redundancy.map(bytesOf),
        })
        expect(hexOf(sealed)).toBe(golden.bytes)
      })

      it.each(datagrams.bad)('are refused as $code: $name', (golden) => {
        const opener = createOpener(streamOf(golden.direction), createCipher)
        expect(opener.open(bytesOf(golden.bytes))).toMatchObject({ ok: false, error: { code: golden.code } })
      })
    })
  })
}
