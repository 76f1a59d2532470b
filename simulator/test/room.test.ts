import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { noiseAtSnr, pinkNoise, speechLevelDbfs } from '../src/noise.ts'
import { pullRoom } from '../src/pull-room.ts'
import { createRoom, type Room, type Spot } from '../src/room.ts'

const listen = async (
  spot: Spot,
  heard: number[],
  signal: AbortSignal,
  atEachFrame: () => Promise<void> = () => Promise.resolve(),
) => {
  for await (const frame of spot.microphone.frames(signal)) {
    heard.push(...frame)
    await atEachFrame()
  }
}

const runRoom = async (
  durationMs: number,
  set: (room: Room, spot: Spot, signal: AbortSignal) => Promise<void>[] | undefined,
): Promise<number[]> => {
  const clock = createManualClock()
  const room = createRoom({ clock })
  const spot = room.addSpot('kitchen')
  const ending = new AbortController()
  const heard: number[] = []
  const parts = [listen(spot, heard, ending.signal), ...(set(room, spot, ending.signal) ?? [])]
  await pullRoom({ room, clock, durationMs }, ending.signal)
  ending.abort()
  await Promise.all(parts)
  return heard
}

const rms = (samples: readonly number[]) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length)

test('a sound is heard at its own sample, added to what sounds at the same time', async () => {
  const heard = await runRoom(100, (room) => {
    room.emit(Int16Array.of(100, 200, 300), { startSample: 500 })
    room.emit(Int16Array.of(1_000), { startSample: 501, gain: 0.5 })
    return undefined
  })
  expect(heard).toHaveLength(1_600)
  expect(heard.slice(499, 504)).toEqual([0, 100, 700, 300, 0])
})

test('too much sound clips and does not wrap around', async () => {
  const heard = await runRoom(20, (room) => {
    room.emit(Int16Array.of(30_000, -30_000), { startSample: 0 })
    room.emit(Int16Array.of(30_000, -30_000), { startSample: 0 })
    return undefined
  })
  expect(heard.slice(0, 2)).toEqual([32_767, -32_768])
})

test('the microphone hears its own loudspeaker late, weaker and with a decaying tail', async () => {
  const playing = Array.from({ length: 240 }, (_, at) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * 1_000 * at) / 24_000)),
  )
  const heard = await runRoom(400, (_room, spot, signal) => {
    let frame = 0
    return [spot.loudspeaker.play(() => (frame++ === 0 ? Int16Array.from(playing) : new Int16Array(240)), signal)]
  })
  const direct = rms(heard.slice(16 * 17, 16 * 23))
  // Played at 10 ms (one period of output delay), 6 ms on its way, 30 dB down.
  expect(rms(heard.slice(0, 16 * 14))).toBeLessThan(1)
  expect(direct).toBeGreaterThan(100)
  expect(direct).toBeLessThan(500)
  expect(rms(heard.slice(16 * 90, 16 * 110))).toBeLessThan(direct / 4)
  expect(rms(heard.slice(16 * 200, 16 * 300))).toBe(0)
})

test('one spot does not hear what only another is near to', async () => {
  const clock = createManualClock()
  const room = createRoom({ clock })
  const ending = new AbortController()
  const near: number[] = []
  const far: number[] = []
  const parts = [listen(room.addSpot('near'), near, ending.signal), listen(room.addSpot('far'), far, ending.signal)]
  room.emit(Int16Array.of(1_000), { startSample: 10, heardAt: { far: 0.25 } })
  await pullRoom({ room, clock, durationMs: 40 }, ending.signal)
  ending.abort()
  await Promise.all(parts)
  expect([near[10], far[10]]).toEqual([1_000, 250])
})

test('a pulled room waits for a slow listener and loses nothing', async () => {
  const clock = createManualClock()
  const room = createRoom({ clock })
  const spot = room.addSpot('kitchen')
  const ending = new AbortController()
  const heard: number[] = []
  const slow = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  const listening = listen(spot, heard, ending.signal, slow)
  room.emit(
    Int16Array.from({ length: 16_000 }, (_, at) => at),
    { startSample: 0 },
  )
  await pullRoom({ room, clock, durationMs: 1_000 }, ending.signal)
  ending.abort()
  await listening
  expect(heard).toHaveLength(16_000)
  expect(heard.every((value, at) => value === at)).toBe(true)
})

test('the recording knows when the loudspeaker sounded and what', async () => {
  let recording: Spot['recording'] | undefined
  await runRoom(200, (_room, spot, signal) => {
    recording = spot.recording
    let frame = 0
    return [spot.loudspeaker.play(() => new Int16Array(240).fill(frame++ === 3 ? 4_000 : 0), signal)]
  })
  expect(recording?.firstSoundAfter(0)).toBe(40)
  expect(recording?.lastSoundMs()).toBeCloseTo(50, 0)
  expect(recording?.firstSoundAfter(51)).toBeUndefined()
  const sound = recording?.between(30, 50)
  expect(sound).toHaveLength(480)
  expect([sound?.[239], sound?.[240]]).toEqual([0, 4_000])
})

test('noise stands at the asked distance below speech', async () => {
  const noise = noiseAtSnr(pinkNoise(3), 12)
  const heard = await runRoom(2_000, (room) => {
    room.setNoise(noise)
    return undefined
  })
  const levelDbfs = 20 * Math.log10(rms(heard) / 32_768)
  expect(Math.abs(levelDbfs - (speechLevelDbfs - 12))).toBeLessThan(1.5)
  expect(() => noiseAtSnr(new Int16Array(100), 12)).toThrow('silent')
})
