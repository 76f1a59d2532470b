import { describe, expect, it } from 'vitest'
import { createMixer, type SoundEnd, type SoundKind, type SoundSource } from '../../src/audio/mixer.ts'
import { createPcmSource } from '../../src/audio/pcm-source.ts'

const tone = (samples: number, level = 10_000) => Int16Array.from({ length: samples }, () => level)
const renderAll = (mixer: ReturnType<typeof createMixer>, frames: number) => {
  const out = new Int16Array(frames * 240)
  for (let i = 0; i < frames; i++) out.set(mixer.render(), i * 240)
  return out
}

describe('the mixer', () => {
  it('renders silence when nothing plays', () => {
    expect(createMixer({ volume: 100 }).render()).toEqual(new Int16Array(240))
  })
  it('plays a sound bit-exact at full volume and says that it finished and how long it was', () => {
    const mixer = createMixer({ volume: 100 })
    const ends: SoundEnd[] = []
    mixer.play({ kind: 'phrase', source: createPcmSource(tone(700)), onEnded: (end) => ends.push(end) })
    const out = renderAll(mixer, 6)
    expect(out.subarray(0, 700)).toEqual(tone(700))
    expect(out.subarray(700)).toEqual(new Int16Array(740))
    expect(ends).toEqual([{ state: 'finished', playedMs: (700 * 1000) / 24_000 }])
    expect(mixer.isPlaying()).toBe(false)
  })
  it('finishes with its last sample even when that fills the frame', () => {
    const mixer = createMixer({ volume: 100 })
    const ends: SoundEnd[] = []
    mixer.play({ kind: 'phrase', source: createPcmSource(tone(960)), onEnded: (end) => ends.push(end) })
    renderAll(mixer, 4)
    expect(ends).toEqual([{ state: 'finished', playedMs: 40 }])
  })
  it('adds sounds and clips instead of wrapping', () => {
    const mixer = createMixer({ volume: 100 })
    mixer.play({ kind: 'media', source: createPcmSource(tone(240, 30_000)) })
    mixer.play({ kind: 'phrase', source: createPcmSource(tone(240, 30_000)) })
    expect(mixer.render()).toEqual(tone(240, 32_767))
  })
  it('fades a stopped sound out in 5 ms and is silent after that frame', () => {
    const mixer = createMixer({ volume: 100 })
    const ends: SoundEnd[] = []
    const playing = mixer.play({
      kind: 'reply',
      source: createPcmSource(tone(48_000)),
      onEnded: (end) => ends.push(end),
    })
    mixer.render()
    playing.stop()
    const fading = Int16Array.from(mixer.render())
    expect(fading[0]).toBeGreaterThan(9_000)
    for (let i = 1; i < 240; i++) {
      expect(Math.abs((fading[i] ?? 0) - (fading[i - 1] ?? 0))).toBeLessThanOrEqual(100)
    }
    expect(fading.subarray(119).every((sample) => sample === 0)).toBe(true)
    expect(mixer.render()).toEqual(new Int16Array(240))
    expect(ends).toEqual([{ state: 'interrupted', playedMs: 15 }])
    expect(playing.playedMs()).toBe(15)
  })
  it('never lets a sound be heard that was stopped before its first frame', () => {
    const mixer = createMixer({ volume: 100 })
    const ends: SoundEnd[] = []
    mixer.play({ kind: 'reply', source: createPcmSource(tone(4_800)), onEnded: (end) => ends.push(end) }).stop()
    expect(mixer.render()).toEqual(new Int16Array(240))
    expect(ends).toEqual([{ state: 'interrupted', playedMs: 0 }])
  })
  it('counts only what was rendered, not the silence of an underflow', () => {
    const mixer = createMixer({ volume: 100 })
    let frame = 0
    const stuttering: SoundSource = {
      read: () => (frame++ % 2 === 0 ? { type: 'silence' } : { type: 'samples', samples: tone(240) }),
    }
    let started = 0
    const playing = mixer.play({ kind: 'reply', source: stuttering, onStarted: () => started++ })
    renderAll(mixer, 6)
    expect(playing.playedMs()).toBe(30)
    expect(started).toBe(1)
  })
  it('turns the volume by loudness, without a step inside the sound', () => {
    const mixer = createMixer({ volume: 50 })
    mixer.play({ kind: 'media', source: createPcmSource(tone(48_000)) })
    expect(mixer.render()[0]).toBe(1_250)
    mixer.setVolumes({ assistant: 0, media: 100, alarm: 0 })
    const ramp = Int16Array.from(mixer.render())
    for (let i = 1; i < 240; i++) expect((ramp[i] ?? 0) - (ramp[i - 1] ?? 0)).toBeLessThan(50)
    expect(mixer.render()).toEqual(tone(240))
    mixer.setVolumes({ assistant: 100, media: 0, alarm: 100 })
    mixer.render()
    expect(mixer.render()).toEqual(new Int16Array(240))
  })
  it('ducks music and alarms while the person speaks, not the reply', () => {
    const mixer = createMixer({ volume: 100 })
    mixer.setDucked(true)
    mixer.play({ kind: 'media', source: createPcmSource(tone(240)) })
    expect(mixer.render()[239]).toBe(1_000)
    mixer.play({ kind: 'reply', source: createPcmSource(tone(240)) })
    expect(mixer.render()[239]).toBe(10_000)
  })
  it('has a volume for replies, one for media and one for alarms', () => {
    const levelOf = (kind: SoundKind) => {
      const mixer = createMixer({ volume: 0 })
      mixer.setVolumes({ assistant: 50, media: 20, alarm: 100 })
      mixer.play({ kind, source: createPcmSource(tone(240)) })
      return mixer.render()[100]
    }
    expect((['reply', 'phrase', 'earcon', 'announcement', 'media', 'alarm'] as const).map(levelOf)).toEqual([
      1_250, 1_250, 1_250, 1_250, 80, 10_000,
    ])
  })
  it('lowers media while something is said over it, and brings it back', () => {
    const mixer = createMixer({ volume: 100 })
    mixer.play({ kind: 'media', source: createPcmSource(tone(48_000)) })
    mixer.render()
    mixer.play({ kind: 'announcement', source: createPcmSource(new Int16Array(480)) })
    mixer.render()
    expect(mixer.render()[239]).toBe(2_500)
    mixer.render()
    expect(mixer.render()[239]).toBe(10_000)
  })
  it('repeats a ring without a gap', () => {
    const mixer = createMixer({ volume: 100 })
    mixer.play({ kind: 'alarm', source: createPcmSource(tone(700), { repeat: true }) })
    expect(renderAll(mixer, 10).every((sample) => sample === 10_000)).toBe(true)
  })
})
