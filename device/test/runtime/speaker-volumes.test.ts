import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { createHouse, type House } from './house.ts'

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

const loudest = (frames: readonly Int16Array[]) =>
  frames.reduce((peak, frame) => Math.max(peak, ...frame.map((sample) => Math.abs(sample))), 0)

/** The loudest sample of an announcement of full height. */
const announce = async (at: House, playId: string) => {
  at.cloud.files.set('/sound.wav', encodeWav(new Int16Array(12_000).fill(30_000), 24_000))
  const from = at.heard.length
  at.cloud.send('play', { play_id: playId, source: { type: 'url', url: '/sound.wav' }, kind: 'announcement' })
  await at.settle()
  await at.passSlowly(1_500)
  return loudest(at.heard.slice(from))
}

/** `HH:MM` in UTC, this many minutes from the clock of the house. */
const clockTime = (at: House, minutes: number) =>
  instant(at.clock.wallTime().getTime() + minutes * 60_000)
    .toISOString()
    .slice(11, 16)

describe('quiet hours', () => {
  it('begin and end by themselves: what is announced is lower, an alarm is not', async () => {
    house = await createHouse()
    const quiet_hours = { from: clockTime(house, 2), to: clockTime(house, 4) }
    const version = { version: 1, volume: 100, time_zone: 'UTC' }
    house.cloud.send('config', { ...version, quiet_hours })
    await house.settle()
    const byDay = await announce(house, 'day')
    await house.pass(150_000)
    const byNight = await announce(house, 'night')
    const fires_at = instant(house.clock.wallTime().getTime() + 1_000).toISOString()
    const item = { item_id: 'egg', kind: 'timer', fires_at } as const
    house.cloud.send('schedule', { change: { action: 'set', change_id: 'c1', item } })
    await house.settle()
    const from = house.heard.length
    await house.passSlowly(4_000)
    const alarm = loudest(house.heard.slice(from))
    house.speaker.pressButton()
    await house.settle()
    await house.pass(150_000)
    const afterwards = await announce(house, 'morning')
    expect(byDay).toBeGreaterThan(29_000)
    expect(byNight / byDay).toBeCloseTo(0.3 ** 3, 2)
    expect(afterwards).toBe(byDay)
    expect(alarm, 'the first seconds of a ring, which grows').toBeGreaterThan(3_000)
  })
})
