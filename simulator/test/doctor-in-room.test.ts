import { recordRoom } from '@mynah/device/doctor/record-room.ts'
import { cancelEcho } from '@mynah/device/echo/cancelled-sound.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { noiseAtSnr, pinkNoise } from '../src/noise.ts'
import { pullRoom } from '../src/pull-room.ts'
import { createRoom } from '../src/room.ts'

/** What the doctor measures of the echo, with a loudspeaker as loud at the microphone as it speaks. */
const attenuationDb = async (cancels: boolean): Promise<number> => {
  const clock = createManualClock()
  const room = createRoom({ clock, noise: noiseAtSnr(pinkNoise(7), 40) })
  const spot = room.addSpot('speaker', { attenuationDb: 3, reflections: 'many', decayMs: 300 })
  const ending = new AbortController()
  const examined = recordRoom(cancels ? cancelEcho(spot, silentLog) : spot, ending.signal)
  await pullRoom({ room, clock, durationMs: 8_000 }, ending.signal)
  const seen = await examined
  if (seen.type !== 'heard' || seen.sound.chirp.type !== 'heard') return Number.POSITIVE_INFINITY
  return seen.sound.chirp.attenuationDb
}

describe('the doctor in a room', () => {
  it('measures how loud the speaker hears itself', async () => {
    expect(await attenuationDb(false)).toBeLessThan(6)
  })
  it('lets an echo canceller learn the room before it judges it', async () => {
    expect(await attenuationDb(true)).toBeGreaterThan(20)
  })
})
