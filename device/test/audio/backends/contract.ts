import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, it } from 'vitest'
import { SoundDeviceError } from '../../../src/audio/backends/sound-device-error.ts'
import {
  captureFrameMs,
  captureFrameSamples,
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackFrameMs,
  playbackFrameSamples,
  playbackSampleRateHz,
} from '../../../src/audio/ports.ts'

export const toneHz = 440

export const tone = (ms: number, sampleRateHz: number): Int16Array =>
  Int16Array.from({ length: (ms * sampleRateHz) / 1000 }, (_, i) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * toneHz * i) / sampleRateHz)),
  )

/** Share of the power that lies at the tone, 0 to 1 (Goertzel, one bin). */
export const toneShare = (samples: Int16Array, sampleRateHz: number): number => {
  const step = (2 * Math.PI * toneHz) / sampleRateHz
  let [real, imaginary, power] = [0, 0, 0]
  samples.forEach((sample, i) => {
    real += sample * Math.cos(step * i)
    imaginary += sample * Math.sin(step * i)
    power += sample * sample
  })
  return power === 0 ? 0 : (2 * (real * real + imaginary * imaginary)) / (power * samples.length)
}

/** Takes frames until `enough` says so; answers them with the times at which they came. */
export const take = async (microphone: Microphone, enough: (frames: number) => boolean) => {
  const stop = new AbortController()
  const got: { readonly frame: Int16Array; readonly atMs: number }[] = []
  for await (const frame of microphone.frames(stop.signal)) {
    got.push({ frame: frame.slice(), atMs: systemClock.now() })
    if (enough(got.length)) stop.abort()
  }
  return { got, endedAtMs: systemClock.now() }
}

export type MicrophoneUnderTest = {
  readonly make: () => Microphone | Promise<Microphone>
  /** Makes one second of the tone heard, now or from the beginning. */
  readonly playTone: () => void
  /** The same backend with hardware that is not there. */
  readonly makeAbsent: () => Microphone
  /** The card goes and comes; absent where nothing can be pulled out. */
  readonly plug?: { readonly out: () => Promise<void>; readonly in: () => Promise<void> }
}

/** What every microphone promises (device/src/audio/ports.ts). */
export const microphoneContract = (of: MicrophoneUnderTest) => {
  it('gives frames of 20 ms in real time, with what is heard in them, and ends with its signal', async () => {
    const microphone = await of.make()
    let abortedAtMs = 0
    const { got, endedAtMs } = await take(microphone, (frames) => {
      if (frames === 10) of.playTone()
      if (frames === 110) abortedAtMs = systemClock.now()
      return frames === 110
    })
    expect(got.every(({ frame }) => frame.length === captureFrameSamples)).toBe(true)
    const tookMs = (got[109]?.atMs ?? 0) - (got[9]?.atMs ?? 0)
    expect(tookMs, 'for 100 frames').toBeGreaterThan(100 * captureFrameMs * 0.85)
    expect(tookMs, 'for 100 frames').toBeLessThan(100 * captureFrameMs * 1.25)
    const whole = got.flatMap(({ frame }) => [...frame])
    const loudest = Array.from({ length: Math.floor(whole.length / 4_000) }, (_, i) =>
      Int16Array.from(whole.slice(i * 4_000, (i + 1) * 4_000)),
    ).reduce((best, piece) => (levelDbfs(piece) > levelDbfs(best) ? piece : best))
    expect(toneShare(loudest, captureSampleRateHz)).toBeGreaterThan(0.98)
    expect(levelDbfs(loudest)).toBeCloseTo(levelDbfs(tone(250, captureSampleRateHz)), 0)
    expect(endedAtMs - abortedAtMs).toBeLessThan(500)
  }, 20_000)
  it('throws for hardware that is not there', async () => {
    await expect(take(of.makeAbsent(), () => true)).rejects.toThrow()
  }, 20_000)
  it.runIf(of.plug)(
    'throws when it is pulled out, and hears again when it is back',
    async () => {
      const microphone = await of.make()
      const pulled = take(microphone, (frames) => {
        if (frames === 25) void of.plug?.out()
        return false
      })
      await expect(pulled).rejects.toBeInstanceOf(SoundDeviceError)
      await of.plug?.in()
      const { got } = await take(microphone, (frames) => frames >= 10)
      expect(got.length).toBeGreaterThanOrEqual(10)
    },
    20_000,
  )
}

export type LoudspeakerUnderTest = {
  readonly make: () => Loudspeaker
  /** From now on what leaves the loudspeaker is kept; `heard` may be asked while it plays where that is possible. */
  readonly listen: () => { readonly heard: () => Int16Array | Promise<Int16Array>; readonly end: () => Promise<void> }
  readonly makeAbsent: () => Loudspeaker
  readonly plug?: { readonly out: () => Promise<void>; readonly in: () => Promise<void> }
  /** What the ear of the test itself adds until it has heard something. */
  readonly earDelayMs: number
}

const renderTone = (fromFrame: number, toFrame: number) => {
  const sound = tone((toFrame - fromFrame) * playbackFrameMs, playbackSampleRateHz)
  const atMs: number[] = []
  return {
    atMs,
    render: () => {
      const at = (atMs.push(systemClock.now()) - 1 - fromFrame) * playbackFrameSamples
      const frame = new Int16Array(playbackFrameSamples)
      if (at >= 0) frame.set(sound.subarray(at, at + playbackFrameSamples))
      return frame
    },
  }
}

const lengthOfSound = (samples: Int16Array) => {
  const first = samples.findIndex((sample) => Math.abs(sample) > 400)
  const last = samples.findLastIndex((sample) => Math.abs(sample) > 400)
  return first < 0 ? 0 : last - first + 1
}

/** What every loudspeaker promises (device/src/audio/ports.ts). */
export const loudspeakerContract = (of: LoudspeakerUnderTest) => {
  it('plays what is rendered, whole and at its pace, and has it out within its delay', async () => {
    const ear = of.listen()
    const { render, atMs } = renderTone(50, 150)
    const loudspeaker = of.make()
    const stop = new AbortController()
    const playing = loudspeaker.play(render, stop.signal)
    while (atMs.length < 150) await systemClock.sleep(5)
    // The last sample was rendered just now: after the delay it must have been heard.
    await systemClock.sleep(loudspeaker.outputDelayMs + of.earDelayMs)
    const early = await ear.heard()
    stop.abort()
    const abortedAtMs = systemClock.now()
    await playing
    expect(systemClock.now() - abortedAtMs).toBeLessThan(500)
    const heard = early.length > 0 ? early : await ear.heard()
    await ear.end()
    const paceMs = ((atMs[140] ?? 0) - (atMs[40] ?? 0)) / 100
    expect(paceMs).toBeGreaterThan(playbackFrameMs * 0.85)
    expect(paceMs).toBeLessThan(playbackFrameMs * 1.25)
    const expected = 100 * playbackFrameSamples
    expect(lengthOfSound(heard) / expected, 'share of the tone that came out').toBeGreaterThan(0.995)
    expect(lengthOfSound(heard) / expected, 'share of the tone that came out').toBeLessThan(1.005)
    const from = heard.findIndex((sample) => Math.abs(sample) > 400)
    expect(toneShare(heard.subarray(from, from + expected), playbackSampleRateHz)).toBeGreaterThan(0.98)
  }, 20_000)
  it('rejects for hardware that is not there', async () => {
    const silence = new Int16Array(playbackFrameSamples)
    await expect(of.makeAbsent().play(() => silence, new AbortController().signal)).rejects.toThrow()
  }, 20_000)
  it.runIf(of.plug)(
    'rejects when it is pulled out, and plays again when it is back',
    async () => {
      const loudspeaker = of.make()
      const silence = new Int16Array(playbackFrameSamples)
      const stop = new AbortController()
      const playing = loudspeaker.play(() => silence, stop.signal)
      await systemClock.sleep(500)
      void of.plug?.out()
      await expect(playing).rejects.toBeInstanceOf(SoundDeviceError)
      await of.plug?.in()
      let frames = 0
      const again = loudspeaker.play(() => {
        if (++frames === 60) stop.abort()
        return silence
      }, stop.signal)
      await again
      expect(frames).toBeGreaterThanOrEqual(60)
    },
    20_000,
  )
}
