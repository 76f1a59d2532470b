import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { createCapture, type HeardFrame } from '../../src/audio/capture.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Frames whose samples all hold the frame's number; the wake word is frame number 9. Ears that can be held up. */
type Room = {
  readonly failsAtFrame?: number
  /** It gives one frame and is gone again, each time. */
  readonly flaps?: boolean
  readonly deaf?: boolean
  readonly heardBefore?: number
}
const start = async ({ failsAtFrame, flaps = false, deaf = false, heardBefore = 0 }: Room = {}) => {
  const lines: string[] = []
  const clock = createManualClock()
  const frames: number[] = []
  const heard: HeardFrame[] = []
  const wokenAt: number[] = []
  let produced = 0
  let held: Promise<void> | undefined
  let fed = heardBefore
  const capture = createCapture({
    clock,
    log: { ...silentLog, error: (line) => void lines.push(line) },
    random: () => 0.5,
    microphone: {
      frames: async function* (signal) {
        while (!signal.aborted) {
          await clock.sleep(20, signal)
          if (signal.aborted) return
          if (produced === failsAtFrame) {
            produced++
            throw new Error('device unplugged')
          }
          yield new Int16Array(320).fill(produced++)
          if (flaps) throw new Error('device unplugged')
        }
      },
    },
    wakeWord: {
      hear: async (frame) => {
        await held
        if (deaf) throw new Error('the model is broken')
        fed += frame.length
        return frame[0] === 9 || frame[0] === 199 ? { word: 'w', score: 1, atSample: fed } : undefined
      },
      samplesHeard: () => fed,
      reset: () => {},
      close: async () => {},
    },
    voiceActivity: { hear: async () => 0.5, reset: () => {}, close: async () => {} },
    onFrame: (frame) => frames.push(frame[0] ?? -1),
    onWake: ({ atSample }) => wokenAt.push(atSample),
    onHeard: (frame) => heard.push(frame),
  })
  const stop = new AbortController()
  const finished = capture.run(stop.signal)
  stops.push(async () => {
    stop.abort()
    await clock.advance(100)
    await finished
  })
  return {
    clock,
    capture,
    lines,
    frames,
    heard,
    wokenAt,
    holdUp: () => {
      let release = () => {}
      held = new Promise((resolve) => {
        release = () => {
          held = undefined
          resolve()
        }
      })
      return () => release()
    },
  }
}

describe('capture', () => {
  it('hands on every frame at once and says where in the sound a wake word fell', async () => {
    const at = await start()
    at.capture.setAttentive(true)
    await at.clock.advance(400)
    expect(at.frames).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(at.wokenAt).toEqual([10 * 320])
    expect(at.heard.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) * 20))
    expect(at.capture.clockTimeOf(10 * 320)).toBeCloseTo(200, 5)
  })
  it('places a wake word in its own sound, also when the detector has heard another capture before', async () => {
    const at = await start({ heardBefore: 75_000 })
    await at.clock.advance(400)
    expect(at.wokenAt).toEqual([10 * 320])
  })
  it('listens for voice only when it matters, and then catches up with the last 1.5 s in order', async () => {
    const at = await start()
    await at.clock.advance(4_000)
    expect(at.heard).toEqual([])
    at.capture.setAttentive(true)
    await at.clock.advance(20)
    expect(at.heard).toHaveLength(76)
    expect(at.heard.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 76 }, (_, i) => 4_020 - (75 - i) * 20))
    at.capture.setAttentive(false)
    await at.clock.advance(1_000)
    expect(at.heard).toHaveLength(76)
  })
  it('never waits for the ears: they skip what is more than a second old, and samples stay true', async () => {
    const at = await start()
    const release = at.holdUp()
    await at.clock.advance(3_000)
    expect(at.frames).toHaveLength(150)
    expect(at.capture.counters().droppedFrames).toBe(150 - 50 - 1)
    release()
    await at.clock.advance(1_000)
    expect(at.frames).toHaveLength(200)
    expect(at.wokenAt).toEqual([200 * 320])
  })
  it('keeps the newest seconds for a pre-roll, in whole frames', async () => {
    const at = await start()
    await at.clock.advance(1_000)
    const { startSample, samples } = at.capture.since(16_000 - 8_000 - 100)
    expect(startSample % 320).toBe(0)
    expect(samples.length % 320).toBe(0)
    expect(startSample + samples.length).toBe(16_000)
    expect(at.capture.since(-5_000).startSample).toBe(0)
  })
  it('keeps nothing and wakes nobody while muted', async () => {
    const at = await start()
    at.capture.setMuted(true)
    await at.clock.advance(400)
    expect(at.frames).toEqual([])
    expect(at.wokenAt).toEqual([])
    expect(at.capture.since(0).samples.every((sample) => sample === 0)).toBe(true)
    at.capture.setMuted(false)
    await at.clock.advance(100)
    expect(at.frames).toHaveLength(5)
  })
  it('opens a microphone again that failed', async () => {
    const at = await start({ failsAtFrame: 5 })
    await at.clock.advance(2_000)
    expect(at.capture.counters().microphoneFailures).toBe(1)
    expect(at.frames.length).toBeGreaterThan(50)
  })
  it('opens one with a loose contact ever more slowly, and does not fill the log with it', async () => {
    const at = await start({ flaps: true })
    await at.clock.advance(3_600_000)
    const { microphoneFailures } = at.capture.counters()
    expect(microphoneFailures).toBeGreaterThan(300)
    expect(microphoneFailures).toBeLessThan(1_000)
    expect(at.lines.length).toBeGreaterThan(3)
    expect(at.lines.length).toBeLessThan(20)
  })
  it('tells of ears that fail on every frame once a minute', async () => {
    const at = await start({ deaf: true })
    await at.clock.advance(600_000)
    expect(at.lines.length).toBeGreaterThanOrEqual(9)
    expect(at.lines.length).toBeLessThanOrEqual(11)
  })
})
