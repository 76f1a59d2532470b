import { playbackFrameSamples } from '@mynah/device/audio/ports.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { describe, expect, it } from 'vitest'
import { createEchoPath, type EchoOptions } from '../src/echo-path.ts'

const samplesPerFrame = 160

/** What is heard of `frames` of noise, 16 kHz, from the first sample that is played. */
const heardOf = (options: EchoOptions, frames: number, peak = 8_000): Float64Array => {
  const random = seededRandom(4)
  const path = createEchoPath({ delayMs: 0, attenuationDb: 0, ...options })
  const heard = new Float64Array(frames * samplesPerFrame)
  for (let frame = 0; frame < frames; frame++) {
    path.append(
      Int16Array.from({ length: playbackFrameSamples }, () => Math.round((random() * 2 - 1) * peak)),
      frame * samplesPerFrame,
    )
    // The newest samples of a frame are still in the resampler.
    if (frame > 0)
      for (let at = (frame - 1) * samplesPerFrame; at < frame * samplesPerFrame; at++) heard[at] = path.at(at)
  }
  return heard
}
const levelDb = (samples: Float64Array) =>
  10 * Math.log10(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)

describe('the way from a loudspeaker to its own microphone', () => {
  it('with many reflections is a little louder than the direct sound alone, as beside a loudspeaker', () => {
    const few = heardOf({ decayMs: 1 }, 200)
    const many = heardOf({ reflections: 'many', decayMs: 300 }, 200)
    const direct = levelDb(few.subarray(16_000, 30_000))
    expect(levelDb(many.subarray(16_000, 30_000)) - direct).toBeCloseTo(1, 0)
  })
  it('goes on sounding after the last sample, and ends', () => {
    const path = createEchoPath({ delayMs: 0, attenuationDb: 0, reflections: 'many', decayMs: 300 })
    for (let frame = 0; frame < 50; frame++)
      path.append(
        new Int16Array(playbackFrameSamples).fill(frame < 10 ? (frame % 2) * 8_000 : 0),
        frame * samplesPerFrame,
      )
    const at = (ms: number) => Array.from({ length: 160 }, (_, n) => Math.abs(path.at(ms * 16 + n)))
    expect(Math.max(...at(150))).toBeGreaterThan(1)
    expect(Math.max(...at(400))).toBe(0)
  })
  it('bends what comes near the limit of its loudspeaker, and little of what does not', () => {
    const share = (peak: number) => {
      const straight = heardOf({ decayMs: 1 }, 20, peak)
      const bent = heardOf({ decayMs: 1, clipsAt: 20_000 }, 20, peak)
      return levelDb(straight.map((value, n) => value - (bent[n] ?? 0))) - levelDb(straight)
    }
    expect(share(2_000)).toBeLessThan(-45)
    expect(share(30_000)).toBeGreaterThan(-20)
  })
})
