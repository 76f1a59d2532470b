import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SoundLevels, stepLevels, unknownLevels, voiceGateDbfs } from '../../src/turn/sound-levels.ts'

const hear = (levels: SoundLevels, frames: number, levelDbfs: number, speechProbability: number): SoundLevels => {
  let next = levels
  for (let frame = 0; frame < frames; frame++) next = stepLevels(next, { levelDbfs, frameMs: 20, speechProbability })
  return next
}

describe('sound levels of a turn', () => {
  it('find the floor of a quiet room within 300 ms', () => {
    expect(hear(unknownLevels, 15, -78, 0).noiseFloorDbfs).toBeLessThan(-75)
  })

  it('do not take a long sentence for noise', () => {
    const room = hear(unknownLevels, 25, -70, 0)
    expect(hear(room, 500, -25, 0.9).noiseFloorDbfs).toBeCloseTo(room.noiseFloorDbfs)
  })

  it('follow a fan that was switched on within two seconds', () => {
    const room = hear(unknownLevels, 25, -60, 0)
    expect(hear(room, 100, -45, 0.1).noiseFloorDbfs).toBeCloseTo(-45)
  })

  it('say nothing while voice and room are equally loud', () => {
    const loud = hear(hear(unknownLevels, 100, -40, 0), 50, -28, 0.9)
    expect(voiceGateDbfs(loud)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('shut out a television 35 dB below the voice, not the voice dropping by 20', () => {
    const gateDbfs = voiceGateDbfs(hear(hear(unknownLevels, 25, -75, 0), 50, -20, 0.9))
    expect(gateDbfs).toBeGreaterThan(-55)
    expect(gateDbfs).toBeLessThan(-40)
  })

  it('stay levels for any input', () => {
    const frame = fc.record({
      levelDbfs: fc.double(),
      frameMs: fc.constant(20),
      speechProbability: fc.double(),
    })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 60 }), (frames) => {
        const levels = frames.reduce(stepLevels, unknownLevels)
        expect(levels.noiseFloorDbfs).toBeGreaterThanOrEqual(-96)
        expect(levels.noiseFloorDbfs).toBeLessThanOrEqual(-20)
        expect(levels.voiceDbfs).toBeGreaterThanOrEqual(levels.noiseFloorDbfs)
        expect(levels.voiceDbfs).toBeLessThanOrEqual(0)
      }),
    )
  })
})
