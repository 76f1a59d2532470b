import { clampToInt16, gainOfDb, mixInto } from '@mynah/shared/audio/pcm.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { describe, expect, it } from 'vitest'
import { chirp, roomSoundOf } from '../../src/doctor/room-sound.ts'

const chirpAtSample = 16_000
/** Two seconds of noise; after one the chirp comes back, `quieterDb` below what was sent, after `delayMs`. */
const room = (of: { noiseDbfs?: number; quieterDb?: number; delayMs?: number; gain?: number }) => {
  const random = seededRandom(3)
  const noise = 32_767 * gainOfDb(of.noiseDbfs ?? -60) * Math.sqrt(3)
  const samples = Int16Array.from({ length: 32_000 }, () => clampToInt16((random() * 2 - 1) * noise))
  const gain = of.gain ?? 1
  if (of.quieterDb !== undefined) {
    const at = chirpAtSample + (of.delayMs ?? 0) * 16
    mixInto(samples.subarray(at), chirp(16_000), gain * gainOfDb(-of.quieterDb))
  }
  return { samples, chirpAtSample, gain }
}

describe('the sound of a room', () => {
  it.each([
    [0, 180],
    [12, 40],
    [30, 300],
  ])('tells an echo of %i dB and its delay of %i ms', (quieterDb, delayMs) => {
    const { chirp: found } = roomSoundOf(room({ quieterDb, delayMs, gain: 0.5 }))
    expect(found).toMatchObject({ type: 'heard' })
    if (found.type !== 'heard') return
    expect(Math.abs(found.attenuationDb - quieterDb)).toBeLessThan(1)
    expect(Math.abs(found.delayMs - delayMs)).toBeLessThanOrEqual(1)
  })
  it('without the chirp is not taken for an echo', () => {
    expect(roomSoundOf(room({})).chirp).toEqual({ type: 'not_heard' })
    expect(roomSoundOf(room({ quieterDb: 60, noiseDbfs: -30 })).chirp).toEqual({ type: 'not_heard' })
    expect(roomSoundOf(room({ gain: 0 })).chirp).toEqual({ type: 'not_played' })
  })
  it('has its level, and a floor that a door that bangs does not raise', () => {
    const quiet = room({ noiseDbfs: -50 })
    quiet.samples.fill(20_000, 4_000, 6_000)
    const sound = roomSoundOf(quiet)
    expect(sound.levelDbfs).toBeGreaterThan(-20)
    expect(sound.noiseFloorDbfs).toBeCloseTo(-50, 0)
  })
  it('tells a microphone that is off, and one that is overdriven', () => {
    expect(roomSoundOf({ samples: new Int16Array(32_000), chirpAtSample, gain: 1 }).dead).toBe(true)
    expect(roomSoundOf(room({ noiseDbfs: 6 })).clipped).toBeGreaterThan(0.1)
    expect(roomSoundOf({ samples: new Int16Array(), chirpAtSample: 0, gain: 1 })).toMatchObject({ clipped: 0 })
  })
})
