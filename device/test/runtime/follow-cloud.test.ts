import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import type { SpeakerIdentity } from '../../src/identity/identity.ts'
import { followCloud, isKnownByAddress } from '../../src/runtime/follow-cloud.ts'

const identityAt = (cloudUrl: string): SpeakerIdentity => ({
  deviceId: 'kitchen',
  deviceSecret: new Uint8Array(32).fill(7),
  cloudUrl,
  mqttUrl: 'mqtt://192.168.1.20:8783',
})
const before = identityAt('http://192.168.1.20:8700')
const after = identityAt('http://192.168.1.30:8700')

const start = (identity = before) => {
  const clock = createManualClock()
  const stopped = new AbortController()
  const state = {
    online: false,
    quiet: true,
    clouds: ['http://192.168.1.30:8700'],
    looks: [] as number[],
    asked: [] as string[],
  }
  const following = followCloud(
    {
      clock,
      log: silentLog,
      identity,
      findClouds: async () => {
        state.looks.push(clock.now())
        return state.clouds.map((url) => new URL(url))
      },
      ask: async (url) => {
        state.asked.push(url.origin)
        return url.origin === after.cloudUrl ? after : undefined
      },
      isOnline: () => state.online,
      isQuiet: () => state.quiet,
    },
    stopped.signal,
  )
  return { clock, stopped, state, following }
}

describe('a speaker whose cloud is away', () => {
  test('looks for it after half a minute and follows the one that proves to be it', async () => {
    const { clock, state, following } = start()
    state.clouds = ['http://192.168.1.40:8700', 'http://192.168.1.30:8700']
    await clock.advance(34_000)
    expect(state.looks).toEqual([])
    await clock.advance(2_000)
    expect(await following).toEqual(after)
    expect(state.asked).toEqual(['http://192.168.1.40:8700', 'http://192.168.1.30:8700'])
  })

  test('does not ask the address that it calls anyway, and looks less and less often, five minutes apart at most', async () => {
    const { clock, stopped, state, following } = start()
    state.clouds = ['http://192.168.1.20:8700']
    await clock.advance(60 * 60_000)
    expect(state.asked).toEqual([])
    const apart = state.looks.slice(1).map((atMs, index) => atMs - (state.looks[index] ?? 0))
    expect(apart.slice(0, 4)).toEqual([30_000, 60_000, 120_000, 240_000])
    expect(Math.max(...apart)).toBe(300_000)
    stopped.abort()
    expect(await following).toBeUndefined()
  })

  test('waits until nobody talks to it and nothing rings', async () => {
    const { clock, state, following } = start()
    state.quiet = false
    await clock.advance(120_000)
    expect(state.looks).toEqual([])
    state.quiet = true
    await clock.advance(5_000)
    expect(await following).toEqual(after)
  })

  test('stays where it is when its cloud is back, also while it looked', async () => {
    const { clock, stopped, state, following } = start()
    await clock.advance(20_000)
    state.online = true
    await clock.advance(600_000)
    expect(state.looks).toEqual([])
    state.online = false
    await clock.advance(36_000)
    expect(await following).toEqual(after)
    stopped.abort()
  })

  test('looks for none that has a name: names are looked up', async () => {
    expect(await start(identityAt('http://mynah.local:8700')).following).toBeUndefined()
    expect(await start(identityAt('https://192.168.1.20')).following).toBeUndefined()
    expect(['http://192.168.1.20:8700', 'http://[fd00::20]:8700'].map(isKnownByAddress)).toEqual([true, true])
  })
})
