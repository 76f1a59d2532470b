import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRingBuffer } from '../../src/audio/ring-buffer.ts'

const counting = (start: number, length: number) => Int16Array.from({ length }, (_, index) => (start + index) % 30_000)

describe('ring buffer of the captured stream', () => {
  it('gives back what was written, by absolute sample index', () => {
    const ring = createRingBuffer({ capacitySamples: 1_000 })
    ring.write(counting(0, 320))
    ring.write(counting(320, 320))
    expect(ring.read(300, 340)).toEqual({ startSample: 300, samples: counting(300, 40) })
  })

  it('clamps a pre-roll that reaches further back than it keeps', () => {
    const ring = createRingBuffer({ capacitySamples: 500 })
    for (let start = 0; start < 3_200; start += 320) ring.write(counting(start, 320))
    expect(ring.oldestSample()).toBe(2_700)
    expect(ring.read(0, 2_710)).toEqual({ startSample: 2_700, samples: counting(2_700, 10) })
  })

  it('answers nothing for the future and for a range turned round', () => {
    const ring = createRingBuffer({ capacitySamples: 500 })
    ring.write(counting(0, 320))
    expect(ring.read(400, 500).samples).toHaveLength(0)
    expect(ring.read(200, 100).samples).toHaveLength(0)
    expect(ring.read(310, 10_000)).toEqual({ startSample: 310, samples: counting(310, 10) })
  })

  it('forgets sound on a mute and goes on counting', () => {
    const ring = createRingBuffer({ capacitySamples: 500 })
    ring.write(counting(0, 320))
    ring.forget()
    ring.write(counting(320, 10))
    expect(ring.read(0, 330)).toEqual({ startSample: 320, samples: counting(320, 10) })
  })

  it('keeps its own copy of each frame', () => {
    const ring = createRingBuffer({ capacitySamples: 10 })
    const frame = Int16Array.of(1, 2, 3)
    ring.write(frame)
    frame.fill(9)
    expect([...ring.read(0, 3).samples]).toEqual([1, 2, 3])
  })

  it('refuses a size that is no size', () => {
    expect(() => createRingBuffer({ capacitySamples: 0 })).toThrow('at least 1 sample')
    expect(() => createRingBuffer({ capacitySamples: Number.NaN })).toThrow(RangeError)
  })

  it('agrees with the whole recording for any sizes of writes and reads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.integer({ min: 0, max: 450 }), { maxLength: 12 }),
        fc.integer({ min: -50, max: 2_000 }),
        fc.integer({ min: -50, max: 2_000 }),
        (capacitySamples, lengths, startSample, endSample) => {
          const ring = createRingBuffer({ capacitySamples })
          let total = 0
          for (const length of lengths) {
            ring.write(counting(total, length))
            total += length
          }
          const span = ring.read(startSample, endSample)
          expect(ring.nextSample()).toBe(total)
          expect(span.samples).toEqual(counting(span.startSample, span.samples.length))
          const oldest = Math.max(0, total - capacitySamples)
          const wanted = Math.max(0, Math.min(endSample, total) - Math.max(startSample, oldest))
          expect(span.samples.length).toBe(wanted)
        },
      ),
    )
  })
})
