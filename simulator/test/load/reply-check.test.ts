import { markerTone } from '@mynah/shared/audio/marker-tone.ts'
import { createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import type { Datagram } from '@mynah/shared/wire/datagram.ts'
import { describe, expect, test } from 'vitest'
import { createReplyCheck } from '../../src/load/reply-check.ts'

const tone = markerTone({ marker: 9, durationMs: 600, sampleRateHz: 24_000 })
const encoder = createOpusEncoder({ sampleRateHz: 24_000, bitrateBps: 32_000, complexity: 5 })
const payloads = Array.from({ length: 30 }, (_, n) => encoder.encode(tone.slice(n * 480, (n + 1) * 480)))

const frame = (sequence: number, more: Partial<Datagram> = {}): Datagram => ({
  type: 'audio',
  marker: sequence === 0,
  streamId: 1n,
  sequence,
  mediaTime: sequence * 480,
  payload: payloads[sequence] ?? new Uint8Array(1),
  ...more,
})
const end = (sequence: number): Datagram => frame(sequence, { type: 'end_of_stream', payload: new Uint8Array(0) })
/** When frame n leaves a cloud that is never late. */
const dueMs = (sequence: number) => Math.max(0, (sequence + 1) * 20 - 200)

describe('the check of a reply', () => {
  test('finds nothing wrong with one that comes whole and in time, and hears its tone', () => {
    const check = createReplyCheck({ hearsMarker: true })
    for (let n = 0; n < 30; n++) expect(check.take(frame(n), 1_000 + dueMs(n))).toEqual({ lateMs: 0 })
    check.take(end(30), 1_500)
    expect(check.counts()).toEqual({ expected: 30, missing: 0, underruns: 0 })
    expect(check.playedUntilMs()).toBe(1_000 + 30 * 20)
    expect(check.marker()).toBe(9)
  })

  test('counts what is missing, also at the end, and names the hole', () => {
    const check = createReplyCheck({ hearsMarker: false })
    check.take(frame(0), 0)
    expect(check.take(frame(2), 0).fault).toContain('hole')
    check.take(end(5), 0)
    expect(check.counts()).toMatchObject({ expected: 5, missing: 3 })
  })

  test('says how late a frame is', () => {
    const check = createReplyCheck({ hearsMarker: false })
    for (let n = 0; n < 20; n++) check.take(frame(n), dueMs(n))
    expect(check.take(frame(20), dueMs(20) + 35).lateMs).toBe(35)
  })

  test('counts a second talk spurt as a reply that ran dry', () => {
    const check = createReplyCheck({ hearsMarker: false })
    check.take(frame(0), 0)
    expect(check.take(frame(1, { marker: true }), 900).lateMs).toBe(0)
    expect(check.counts().underruns).toBe(1)
  })

  test('notices a wrong media time', () => {
    expect(createReplyCheck({ hearsMarker: false }).take(frame(0, { mediaTime: 7 }), 0).fault).toContain('media time')
  })
})
