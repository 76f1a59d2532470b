import { describe, expect, it } from 'vitest'
import { createOpener, createSealer, type Direction, peekStreamId, type StreamKey } from '../../src/wire/datagram.ts'
import { maxDatagramBytes } from '../../src/wire/datagram-header.ts'

const streamOf = (direction: Direction = 'uplink'): StreamKey => ({
  key: Uint8Array.from({ length: 32 }, (_, i) => i),
  streamId: 0xfedc_ba98_7654_3210n,
  direction,
})
const frame = (size: number, fill: number) => new Uint8Array(size).fill(fill)
const codeOf = (outcome: ReturnType<ReturnType<typeof createOpener>['open']>) =>
  outcome.ok ? 'opened' : outcome.error.code

describe('a sound datagram', () => {
  it('comes out of the opener as it went into the sealer', () => {
    const sealer = createSealer(streamOf())
    const opener = createOpener(streamOf())
    const redundancy = [frame(50, 2), frame(40, 3)]
    sealer.seal({ type: 'audio', mediaTime: 0, payload: frame(60, 9) })
    const opened = opener.open(
      sealer.seal({ type: 'audio', marker: true, mediaTime: 320, payload: frame(60, 1), redundancy }),
    )
    expect(opened).toEqual({
      ok: true,
      value: {
        type: 'audio',
        marker: true,
        streamId: 0xfedc_ba98_7654_3210n,
        sequence: 1,
        mediaTime: 320,
        payload: frame(60, 1),
        redundancy,
      },
    })
  })

  it('opens only in its own direction', () => {
    const sealed = createSealer(streamOf('uplink')).seal({ type: 'probe', mediaTime: 0, payload: frame(8, 1) })
    expect(codeOf(createOpener(streamOf('downlink')).open(sealed))).toBe('not_authentic')
  })

  it('opens once', () => {
    const sealed = createSealer(streamOf()).seal({ type: 'audio', mediaTime: 0, payload: frame(8, 1) })
    const opener = createOpener(streamOf())
    expect([codeOf(opener.open(sealed)), codeOf(opener.open(sealed))]).toEqual(['opened', 'replayed'])
  })

  it('names its stream before it is opened', () => {
    const sealed = createSealer(streamOf()).seal({ type: 'audio', mediaTime: 0, payload: frame(8, 1) })
    expect(peekStreamId(sealed)).toBe(0xfedc_ba98_7654_3210n)
    expect(peekStreamId(sealed.subarray(0, 20))).toBeUndefined()
  })

  it('leaves out redundancy that does not fit, and says when a payload does not', () => {
    const sealer = createSealer(streamOf())
    const redundancy = [frame(200, 1), frame(200, 2), frame(200, 3)]
    const sealed = sealer.seal({ type: 'audio', mediaTime: 0, payload: frame(700, 9), redundancy })
    expect(sealed.length).toBeLessThanOrEqual(maxDatagramBytes)
    const opened = createOpener(streamOf()).open(sealed)
    expect(opened.ok && opened.value.redundancy).toEqual(redundancy.slice(0, 2))
    expect(() => sealer.seal({ type: 'audio', mediaTime: 0, payload: frame(1_300, 1) })).toThrow(
      'a payload has at most 1166 bytes, got 1300',
    )
  })
})

describe('an end of stream', () => {
  it('carries the last frames again', () => {
    const redundancy = [frame(50, 2), frame(40, 1)]
    const sealed = createSealer(streamOf()).seal({
      type: 'end_of_stream',
      mediaTime: 640,
      payload: new Uint8Array(0),
      redundancy,
    })
    const opened = createOpener(streamOf()).open(sealed)
    expect(opened).toMatchObject({ ok: true, value: { payload: new Uint8Array(0), redundancy } })
  })

  it('has the sequence after the last audio, and can be sent again as the same bytes', () => {
    const sealer = createSealer(streamOf())
    const opener = createOpener(streamOf())
    const end = { type: 'end_of_stream', mediaTime: 960, payload: new Uint8Array(0) } as const
    for (let i = 0; i < 3; i++) sealer.seal({ type: 'audio', mediaTime: i * 320, payload: frame(8, 1) })
    sealer.seal({ type: 'probe', mediaTime: 0, payload: frame(8, 1) })
    const first = sealer.seal(end)
    expect(sealer.seal(end)).toEqual(first)
    const opened = opener.open(first)
    expect(opened.ok && opened.value.sequence).toBe(3)
    sealer.seal({ type: 'audio', mediaTime: 960, payload: frame(8, 1) })
    expect(sealer.seal(end)).not.toEqual(first)
  })
})
