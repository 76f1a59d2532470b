import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import type { EchoStanding } from '../../src/echo/echo-canceller.ts'
import { createOwnVoice } from '../../src/wake/own-voice.ts'

const sounding = new Int16Array(240).fill(9_000)
const silent = new Int16Array(240)

/** A detector that hears the word in its `hearsAt`th frame since it was reset. */
const overhearing = (hearsAt: number, readEcho?: () => EchoStanding) => {
  const clock = createManualClock()
  const told = { frames: 0, resets: 0 }
  let since = 0
  const voice = createOwnVoice({
    clock,
    log: silentLog,
    ...(readEcho ? { readEcho } : {}),
    detector: {
      hear: async (frame) => {
        expect(frame).toHaveLength(320)
        told.frames++
        since++
        return since === hearsAt ? { word: 'hey_jarvis', score: 1, atSample: 0 } : undefined
      },
      reset: () => {
        told.resets++
        since = 0
      },
    },
  })
  const play = async (frame: Int16Array, frames: number) => {
    const render = voice.overhear(() => frame)
    for (let each = 0; each < frames; each++) {
      expect(render()).toBe(frame)
      await clock.advance(10)
    }
  }
  return { clock, voice, told, play }
}

it('may be at the microphone while it sounds and for 800 ms after it', async () => {
  const { voice, play } = overhearing(1_000)
  expect(voice.isSounding()).toBe(false)
  await play(sounding, 5)
  expect(voice.isSounding()).toBe(true)
  await play(silent, 79)
  expect(voice.isSounding()).toBe(true)
  await play(silent, 1)
  expect(voice.isSounding()).toBe(false)
})

const isAccepted = async ({ clock, voice }: Pick<ReturnType<typeof overhearing>, 'clock' | 'voice'>) => {
  let accepted = false
  voice.unlessSaidItself(() => {
    accepted = true
  })
  const atOnce = accepted
  await clock.advance(80)
  return { atOnce, accepted }
}

describe('the own voice', () => {
  it('is no wake word, until its echo must be over', async () => {
    const at = overhearing(20)
    await at.play(sounding, 46)
    expect(await isAccepted(at)).toEqual({ atOnce: false, accepted: false })
    await at.play(sounding, 120)
    expect(await isAccepted(at)).toEqual({ atOnce: false, accepted: false })
    await at.play(sounding, 20)
    expect(await isAccepted(at)).toEqual({ atOnce: false, accepted: true })
  })
  it('is waited for when the microphone was faster', async () => {
    const at = overhearing(20)
    await at.play(sounding, 38)
    let accepted = false
    at.voice.unlessSaidItself(() => {
      accepted = true
    })
    await at.play(sounding, 20)
    expect(accepted).toBe(false)
  })
  it('holds nobody up while it is silent', async () => {
    const at = overhearing(1_000)
    expect(await isAccepted(at)).toEqual({ atOnce: true, accepted: true })
    await at.play(sounding, 10)
    expect(await isAccepted(at)).toEqual({ atOnce: false, accepted: true })
    await at.play(silent, 100)
    expect(await isAccepted(at)).toEqual({ atOnce: true, accepted: true })
  })
  it('is also what is left of it where a canceller took nearly everything away', async () => {
    let echo: EchoStanding = { type: 'cancelling', delayMs: 140, attenuationDb: 33, onlyEcho: true }
    const at = overhearing(1_000, () => echo)
    await at.play(sounding, 10)
    expect(await isAccepted(at)).toMatchObject({ accepted: false })
    // Somebody speaks under it.
    echo = { ...echo, attenuationDb: 18, onlyEcho: false }
    expect(await isAccepted(at)).toMatchObject({ accepted: true })
    echo = { type: 'searching' }
    expect(await isAccepted(at)).toMatchObject({ accepted: true })
    await at.play(silent, 100)
    echo = { type: 'cancelling', delayMs: 140, attenuationDb: 33, onlyEcho: true }
    expect(await isAccepted(at)).toEqual({ atOnce: true, accepted: true })
  })
  it('is not listened to while it is silent, but for the tail of a sound', async () => {
    const { told, play } = overhearing(1_000)
    await play(silent, 500)
    expect(told).toEqual({ frames: 0, resets: 0 })
    await play(sounding, 100)
    await play(silent, 500)
    expect(told.resets).toBe(1)
    expect(told.frames).toBeGreaterThan(85)
    expect(told.frames).toBeLessThanOrEqual(90)
    await play(sounding, 10)
    expect(told.resets).toBe(2)
  })
  it('says what the loudspeaker plays also when it cannot be overheard', async () => {
    const clock = createManualClock()
    const voice = createOwnVoice({
      clock,
      log: silentLog,
      detector: {
        hear: () => Promise.reject(new Error('out of order')),
        reset: () => {},
      },
    })
    const render = voice.overhear(() => sounding)
    for (let each = 0; each < 10; each++) expect(render()).toBe(sounding)
    expect(await isAccepted({ clock, voice })).toMatchObject({ accepted: true })
  })
})
