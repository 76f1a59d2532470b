import { describe, expect, it } from 'vitest'
import { createRedundancyHistory, decodeAudioPayload, fittingRedundancy } from '../../src/wire/audio-payload.ts'

const frame = (fill: number, size = 2) => new Uint8Array(size).fill(fill)

describe('the redundancy history', () => {
  it('gives the last two frames, newest first', () => {
    const history = createRedundancyHistory()
    const carried = [1, 2, 3, 4].map((n) => history.before(frame(n)).map(([first]) => first))
    expect(carried).toEqual([[], [1], [2, 1], [3, 2]])
    expect(history.latest()).toEqual([frame(4), frame(3)])
  })

  it('is empty at depth 0', () => {
    const history = createRedundancyHistory(0)
    history.before(frame(1))
    expect(history.before(frame(2))).toEqual([])
  })
})

describe('redundancy that fits', () => {
  it('stops at the first frame that does not, so that places stay distances', () => {
    expect(fittingRedundancy([frame(1, 10), frame(2, 300), frame(3, 10)], 1_000)).toEqual([frame(1, 10)])
    expect(fittingRedundancy([frame(1, 10), frame(2, 10)], 22)).toEqual([frame(1, 10)])
    expect(fittingRedundancy([frame(1, 10), frame(2, 10)], 23)).toHaveLength(2)
    expect(
      fittingRedundancy(
        [1, 2, 3, 4].map((n) => frame(n)),
        1_000,
      ),
    ).toHaveLength(3)
  })
})

describe('an audio payload', () => {
  it('says how many bytes are missing', () => {
    const decoded = decodeAudioPayload(Uint8Array.of(1, 200, 9, 9), { hasRedundancy: true, leastFrameBytes: 1 })
    expect(decoded).toEqual({ ok: false, error: '200 bytes needed for redundant frame 1, 2 left' })
  })
})
