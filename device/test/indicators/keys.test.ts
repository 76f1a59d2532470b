import { silentLog } from '@mynah/shared/log/log.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { released, stepKey } from '../../src/indicators/key-steps.ts'
import { createMuteSwitch } from '../../src/indicators/mute-switch.ts'
import type { KeyName } from '../../src/indicators/ports.ts'
import { runKeys } from '../../src/indicators/run-keys.ts'
import { createHouse, type House } from '../runtime/house.ts'

type Levels = { readonly [name in KeyName]?: boolean }

const start = (initially: Levels) => {
  const clock = createManualClock()
  const told: string[] = []
  let levels = initially
  let broken = false
  const stop = new AbortController()
  const running = runKeys(
    {
      clock,
      log: silentLog,
      keys: {
        read: () => {
          if (broken) throw new Error('EIO')
          return levels
        },
        close: () => void told.push('closed'),
      },
      onButton: () => void told.push('button'),
      onMuteButton: () => void told.push('mute button'),
      onMuteSwitch: (on) => void told.push(`switch ${on ? 'on' : 'off'}`),
    },
    stop.signal,
  )
  return {
    told,
    pass: clock.advance,
    set: (next: Levels) => {
      levels = { ...levels, ...next }
    },
    fail: () => {
      broken = true
    },
    close: async () => {
      stop.abort()
      await clock.advance(100)
      await running
    },
  }
}

describe('buttons and the mute switch', () => {
  it('are told once for each press, however long it is and however it bounces', async () => {
    const at = start({ button: false, mute_button: false })
    for (const button of [true, false, true, false, true]) {
      at.set({ button })
      await at.pass(20)
    }
    await at.pass(3_000)
    at.set({ button: false })
    await at.pass(100)
    at.set({ mute_button: true })
    await at.pass(100)
    expect(at.told).toEqual(['button', 'mute button'])
    await at.close()
  })
  it('that are held down at the start were not pressed; a switch has a position from the start', async () => {
    const at = start({ button: true, mute_switch: true })
    await at.pass(1_000)
    at.set({ mute_switch: false })
    await at.pass(100)
    expect(at.told).toEqual(['switch on', 'switch off'])
    await at.close()
  })
  it('that fail are given up', async () => {
    const at = start({ button: false })
    at.fail()
    await at.pass(100)
    expect(at.told).toEqual(['closed'])
    await at.close()
  })
  it('that are touched for less than a contact bounces are not pressed', () => {
    const [touched] = stepKey(released, true, 0)
    expect(stepKey(touched, true, 20)[1]).toBeUndefined()
    expect(stepKey(touched, true, 30)[1]).toBe('pressed')
  })
})

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

describe('a speaker with a mute switch', () => {
  it('hears nothing while it is on, whatever the panel or a button says', async () => {
    const muteSwitch = createMuteSwitch()
    house = await createHouse({ muteSwitch })
    await house.passSlowly(1_000)
    muteSwitch.set(true)
    expect(house.speaker.muted()).toBe(true)
    house.speaker.setMuted(false)
    house.cloud.send('config', { version: 1, muted: false })
    await house.settle()
    expect(house.cloud.of('config/ack')).toMatchObject([{ version: 1, applied: true }])
    expect(house.speaker.muted()).toBe(true)
    house.wake()
    await house.passSlowly(1_000)
    expect(house.cloud.of('wake')).toEqual([])
    muteSwitch.set(false)
    house.silenceFor(200)
    house.wake()
    await house.passSlowly(1_000)
    expect(house.cloud.of('wake').length).toBe(1)
    expect(house.of('mute_changed').map(({ muted }) => muted)).toEqual([true, false])
  })
  it('that is on at the start is muted from the start', async () => {
    const muteSwitch = createMuteSwitch()
    muteSwitch.set(true)
    house = await createHouse({ muteSwitch })
    await house.settle()
    house.wake()
    await house.passSlowly(1_000)
    expect(house.speaker.muted()).toBe(true)
    expect(house.cloud.of('wake')).toEqual([])
  })
})

describe('the button of a speaker', () => {
  it('silences what rings, and the lights know when it rings', async () => {
    house = await createHouse()
    const firesAt = instant(house.clock.wallTime().getTime() + 2_000).toISOString()
    const item = { item_id: 'egg', kind: 'timer', fires_at: firesAt } as const
    house.cloud.send('schedule', { change: { action: 'set', change_id: 'c1', item } })
    await house.settle()
    await house.passSlowly(3_000)
    expect(house.of('ringing_changed').map(({ ringing }) => ringing)).toEqual([true])
    house.speaker.pressButton()
    await house.settle()
    expect(house.of('ringing_changed').map(({ ringing }) => ringing)).toEqual([true, false])
    expect(house.speaker.phase()).toBe('idle')
  })
  it('starts listening when nothing rings', async () => {
    house = await createHouse()
    await house.passSlowly(500)
    house.speaker.pressButton()
    await house.passSlowly(200)
    expect(house.speaker.phase()).toBe('listening')
    expect(house.cloud.of('wake')).toMatchObject([{ trigger: 'button' }])
  })
})
