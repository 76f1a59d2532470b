import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJitterBuffer, type JitterBuffer } from '../../src/audio/jitter-buffer.ts'
import type { ArrivedFrame, JitterBufferOptions, Popped } from '../../src/audio/jitter-state.ts'
import { seededRandom } from '../../src/streams/random.ts'
import { holds } from '../holds.ts'

const playout: JitterBufferOptions = {
  frameMs: 20,
  targetMs: 60,
  maxMs: 400,
  sampleRateHz: 16_000,
  mode: 'playout',
  reorderWaitMs: 0,
}
const reorder: JitterBufferOptions = { ...playout, mode: 'reorder', reorderWaitMs: 60, maxMs: 2_000 }

const frameOf = (sequence: number) => Uint8Array.of(sequence >>> 8, sequence & 0xff)
const sequenceOf = (frame: Uint8Array) => ((frame[0] ?? 0) << 8) | (frame[1] ?? 0)
const arrived = (sequence: number, depth = 0): ArrivedFrame => ({
  sequence,
  mediaTime: sequence * 320,
  frame: frameOf(sequence),
  redundancy: Array.from({ length: Math.min(depth, sequence) }, (_, i) => frameOf(sequence - 1 - i)),
})
/** A frame by its number, the others by their name. */
const shown = (popped: Popped): number | string => (popped.type === 'frame' ? sequenceOf(popped.frame) : popped.type)
/** Pops until there is nothing to do. */
const drain = (buffer: JitterBuffer, nowMs: number): (number | string)[] => {
  const all: (number | string)[] = []
  for (let popped = buffer.pop(nowMs); popped.type !== 'wait'; popped = buffer.pop(nowMs)) {
    all.push(shown(popped))
    if (popped.type === 'finished') break
  }
  return all
}
const popAtBeat = (buffer: JitterBuffer, fromMs: number, beats: number) =>
  Array.from({ length: beats }, (_, beat) => shown(buffer.pop(fromMs + beat * 20)))

describe('playout', () => {
  it('starts when the target is buffered', () => {
    const buffer = createJitterBuffer(playout)
    buffer.push(arrived(0), 0)
    buffer.push(arrived(1), 20)
    expect(shown(buffer.pop(20))).toBe('wait')
    buffer.push(arrived(2), 40)
    expect(popAtBeat(buffer, 40, 2)).toEqual([0, 1])
  })

  it('starts with less when the stream is already over, and finishes', () => {
    const buffer = createJitterBuffer(playout)
    buffer.push(arrived(0), 0)
    buffer.end(0, 0)
    expect(popAtBeat(buffer, 0, 3)).toEqual([0, 'finished', 'finished'])
  })

  it('does not keep a lone word for ever when the sender stalls', () => {
    const buffer = createJitterBuffer(playout)
    buffer.push(arrived(0), 0)
    expect(shown(buffer.pop(399))).toBe('wait')
    expect(shown(buffer.pop(400))).toBe(0)
  })

  it('conceals a hole at its time and drops the frame that comes after', () => {
    const buffer = createJitterBuffer(playout)
    for (const sequence of [0, 1, 3, 4]) buffer.push(arrived(sequence), 0)
    expect(popAtBeat(buffer, 0, 3)).toEqual([0, 1, 'conceal'])
    buffer.push(arrived(2), 50)
    expect(popAtBeat(buffer, 60, 2)).toEqual([3, 4])
    expect(buffer.stats()).toMatchObject({ received: 4, lost: 1, concealed: 1, late: 1, recovered: 0 })
  })

  it('fills two lost in a row from the frame after them', () => {
    const buffer = createJitterBuffer(playout)
    for (const sequence of [0, 3, 4]) buffer.push(arrived(sequence, 2), 0)
    const popped = Array.from({ length: 4 }, (_, beat) => buffer.pop(beat * 20))
    expect(popped.map(shown)).toEqual([0, 1, 2, 3])
    expect(popped.map((one) => one.type === 'frame' && one.source)).toEqual([
      'primary',
      'redundancy',
      'redundancy',
      'primary',
    ])
    expect(popped[1]).toMatchObject({ mediaTime: 320 })
    expect(buffer.stats()).toMatchObject({ received: 3, lost: 2, recovered: 2, concealed: 0 })
  })

  it('prefers the frame itself when it comes before its turn', () => {
    const buffer = createJitterBuffer(playout)
    for (const sequence of [0, 2, 1]) buffer.push(arrived(sequence, 2), 0)
    popAtBeat(buffer, 0, 3)
    expect(buffer.stats()).toMatchObject({ received: 3, lost: 0, recovered: 0, late: 0 })
  })

  it('covers an underflow with one concealed frame and buffers the target again', () => {
    const buffer = createJitterBuffer(playout)
    for (const sequence of [0, 1, 2]) buffer.push(arrived(sequence), 0)
    expect(popAtBeat(buffer, 0, 5)).toEqual([0, 1, 2, 'conceal', 'wait'])
    buffer.push(arrived(3), 100)
    buffer.push(arrived(4), 100)
    expect(shown(buffer.pop(100))).toBe('wait')
    buffer.push(arrived(5), 120)
    expect(popAtBeat(buffer, 120, 3)).toEqual([3, 4, 5])
    expect(buffer.stats()).toMatchObject({ lost: 0, underflows: 1, concealed: 1 })
  })

  it('skips what an outage swallowed instead of concealing it again', () => {
    const buffer = createJitterBuffer(playout)
    for (const sequence of [0, 1, 2]) buffer.push(arrived(sequence), 0)
    popAtBeat(buffer, 0, 60)
    for (const sequence of [60, 61, 62]) buffer.push(arrived(sequence), 1_200)
    expect(popAtBeat(buffer, 1_200, 3)).toEqual([60, 61, 62])
    expect(buffer.stats()).toMatchObject({ lost: 57, concealed: 1 })
  })

  it('raises its target at each underflow when it is adaptive, and lowers it when calm', () => {
    const buffer = createJitterBuffer({ ...playout, adaptive: true })
    const fill = (from: number, frames: number, nowMs: number) => {
      for (let i = 0; i < frames; i++) buffer.push(arrived(from + i), nowMs)
    }
    fill(0, 3, 0)
    popAtBeat(buffer, 0, 4)
    fill(3, 3, 100)
    expect(shown(buffer.pop(100))).toBe('wait')
    fill(6, 2, 120)
    expect(shown(buffer.pop(120))).toBe(3)
  })

  it('throws the oldest away when more than its bound comes', () => {
    const buffer = createJitterBuffer(playout)
    for (let sequence = 0; sequence < 30; sequence++) buffer.push(arrived(sequence), 0)
    expect(buffer.bufferedMs()).toBe(400)
    expect(shown(buffer.pop(0))).toBe(10)
    expect(buffer.stats()).toMatchObject({ received: 30, dropped: 10, lost: 0 })
  })

  it('refuses bounds that contradict each other', () => {
    expect(() => createJitterBuffer({ ...playout, targetMs: 500 })).toThrow(
      '0 < frameMs <= targetMs <= maxMs needed, got 20, 500 and 400',
    )
  })
})

describe('reorder', () => {
  it('passes frames at once', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(0), 0)
    expect(drain(buffer, 0)).toEqual([0])
    buffer.push(arrived(1), 20)
    expect(drain(buffer, 20)).toEqual([1])
  })

  it('waits for an overtaken frame, but no longer than agreed', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(1), 0)
    expect(drain(buffer, 59)).toEqual([])
    buffer.push(arrived(0), 59)
    expect(drain(buffer, 59)).toEqual([0, 1])
    buffer.push(arrived(3), 100)
    expect(drain(buffer, 159)).toEqual([])
    expect(drain(buffer, 160)).toEqual(['conceal', 3])
  })

  it('does not wait where redundancy fills the hole', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(2, 2), 0)
    expect(drain(buffer, 0)).toEqual([0, 1, 2])
  })

  it('waits for the tail after the end, then finishes', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(0), 0)
    buffer.end(1, 10)
    expect(drain(buffer, 10)).toEqual([0])
    expect(drain(buffer, 70)).toEqual(['conceal', 'finished'])
  })

  it('takes the last frames from the end of the stream when they were lost', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(0), 0)
    buffer.end(2, 60, { mediaTime: 960, redundancy: [frameOf(2), frameOf(1)] })
    const popped = Array.from({ length: 4 }, () => buffer.pop(60))
    expect(popped.map(shown)).toEqual([0, 1, 2, 'finished'])
    expect(popped[2]).toMatchObject({ mediaTime: 640, source: 'redundancy' })
  })

  it('finishes a stream that never had a frame', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.end(0xffff_ffff, 0)
    expect(drain(buffer, 0)).toEqual(['finished'])
  })

  it('conceals at most 60 ms of one hole and skips the rest', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(50), 0)
    expect(drain(buffer, 60)).toEqual(['conceal', 'conceal', 'conceal', 50])
    expect(buffer.stats()).toMatchObject({ lost: 50, concealed: 3 })
  })

  it('tells a duplicate from a late frame', () => {
    const buffer = createJitterBuffer(reorder)
    for (const sequence of [0, 1, 3]) buffer.push(arrived(sequence), 0)
    drain(buffer, 100)
    for (const sequence of [1, 2, 3]) buffer.push(arrived(sequence), 100)
    expect(buffer.stats()).toMatchObject({ duplicate: 2, late: 1 })
  })

  it('goes on across the wrap of the sequence', () => {
    const buffer = createJitterBuffer({ ...reorder, firstSequence: 0xffff_fffe })
    for (const sequence of [0xffff_fffe, 0, 0xffff_ffff, 1]) {
      buffer.push({ sequence, mediaTime: 0, frame: frameOf(sequence & 0xffff) }, 0)
    }
    expect(drain(buffer, 0)).toEqual([0xfffe, 0xffff, 0, 1])
  })

  it('starts a new stretch at whatever comes after a reset', () => {
    const buffer = createJitterBuffer(reorder)
    buffer.push(arrived(0), 0)
    buffer.end(0, 0)
    drain(buffer, 0)
    buffer.reset()
    buffer.push(arrived(7), 10)
    expect(drain(buffer, 10)).toEqual([7])
  })
})

type Turn = { readonly frames: number; readonly loss: number; readonly depth: number; readonly random: () => number }

/** Sends a turn through random loss; the end is known. */
const concealedIn = (options: JitterBufferOptions, { frames, loss, depth, random }: Turn): number => {
  const buffer = createJitterBuffer(options)
  for (let sequence = 0; sequence < frames; sequence++) {
    const nowMs = sequence * 20
    if (random() >= loss) buffer.push(arrived(sequence, depth), nowMs)
    if (options.mode === 'reorder') drain(buffer, nowMs)
    else buffer.pop(nowMs)
  }
  buffer.end(frames - 1, frames * 20, { mediaTime: frames * 320, redundancy: arrived(frames, depth).redundancy ?? [] })
  for (let nowMs = frames * 20; buffer.pop(nowMs).type !== 'finished'; nowMs += 20);
  return buffer.stats().concealed
}

describe('5 % random loss', () => {
  const turns = 2_000
  const cleanShare = (options: JitterBufferOptions, depth: number) => {
    const random = seededRandom(5)
    let clean = 0
    for (let turn = 0; turn < turns; turn++) {
      if (concealedIn(options, { frames: 150, loss: 0.05, depth, random }) === 0) clean++
    }
    return clean / turns
  }
  it.each([playout, reorder])('leaves 98 of 100 3-second turns without a concealed frame ($mode)', (options) => {
    expect(cleanShare({ ...options, targetMs: 80 }, 2)).toBeGreaterThan(0.97)
    expect(cleanShare({ ...options, targetMs: 80 }, 1)).toBeLessThan(0.75)
  })

  it('never conceals when no two in a row are lost', () => {
    const random = seededRandom(6)
    let wasLost = true
    const single = () => {
      wasLost = !wasLost && random() < 0.2
      return wasLost ? 0 : 1
    }
    for (let turn = 0; turn < 200; turn++) {
      wasLost = true
      expect(concealedIn(reorder, { frames: 151, loss: 0.5, depth: 1, random: single })).toBe(0)
    }
  })
})

const arrivals = fc.array(
  fc.record({
    sequence: fc.nat({ max: 60 }),
    depth: fc.nat({ max: 3 }),
    gapMs: fc.nat({ max: 80 }),
    pops: fc.nat({ max: 4 }),
  }),
  { maxLength: 150 },
)

describe.each([
  { ...playout, maxMs: 200 },
  { ...playout, maxMs: 200, adaptive: true },
  { ...reorder, maxMs: 200 },
] as const)('any arrivals ($mode, adaptive: $adaptive)', (options) => {
  it('come out in order, once, within the bound, and every frame is accounted for', () => {
    holds(
      fc.property(arrivals, fc.integer({ min: -1, max: 70 }), (pushes, lastSequence) => {
        const buffer = createJitterBuffer(options)
        const given: number[] = []
        let taken = 0
        let concealed = 0
        const pop = (nowMs: number): boolean => {
          const popped = buffer.pop(nowMs)
          if (popped.type === 'frame') given.push(sequenceOf(popped.frame))
          if (popped.type === 'frame' && popped.source === 'primary') taken++
          if (popped.type === 'conceal') concealed++
          return popped.type === 'finished'
        }
        let nowMs = 0
        for (const { sequence, depth, gapMs, pops } of pushes) {
          nowMs += gapMs
          buffer.push(arrived(sequence, depth), nowMs)
          expect(buffer.bufferedMs()).toBeLessThanOrEqual(options.maxMs)
          for (let i = 0; i < pops; i++) pop(nowMs)
        }
        buffer.end(lastSequence, nowMs)
        let beats = 0
        while (!pop(nowMs + beats * 20)) {
          beats++
          expect(beats).toBeLessThan(200)
        }
        expect(given).toEqual([...new Set(given)].sort((a, b) => a - b))
        const stats = buffer.stats()
        expect(stats.received + stats.late + stats.duplicate).toBe(pushes.length)
        expect(stats.concealed).toBe(concealed)
        expect(stats.recovered).toBe(given.length - taken)
        expect(stats.lost).toBeGreaterThanOrEqual(stats.recovered + stats.concealed - stats.underflows)
        // An end below what has been sent contradicts it: then positions beyond the end may have been given already.
        const newest = Math.max(-1, ...pushes.map(({ sequence }) => sequence))
        if (lastSequence >= newest) expect(taken).toBe(stats.received - stats.dropped)
        if (lastSequence >= newest) expect(taken + stats.lost + stats.dropped).toBe(lastSequence + 1)
      }),
      { numRuns: 300 },
    )
  })
})
