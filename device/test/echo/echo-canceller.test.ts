import { resample } from '@mynah/shared/audio/resample.ts'
import { describe, expect, it } from 'vitest'
import { createEchoCanceller, type EchoCanceller } from '../../src/echo/echo-canceller.ts'
import { echoOf, hiss, levelDb, roomResponse, samplesPerMs, sumOf, babble as wideBabble } from './sounds.ts'

const room = roomResponse(2)
/** From the loudspeaker's queue to the microphone. */
const delayMs = 140

/** Frames as the device gives them: `heard` has the echo of what was played `delayMs` before. */
const play = (canceller: EchoCanceller, played: Int16Array, heard: Int16Array): Int16Array => {
  const rendered = resample(played, { fromHz: 16_000, toHz: 24_000 })
  const cleaned = new Int16Array(heard.length)
  for (let at = 0; at + 320 <= heard.length; at += 320) {
    const frameAt = at * 1.5
    canceller.played(rendered.subarray(frameAt, frameAt + 240))
    canceller.played(rendered.subarray(frameAt + 240, frameAt + 480))
    cleaned.set(canceller.hear(heard.subarray(at, at + 320)), at)
  }
  return cleaned
}
const heardOf = (played: Int16Array, delay = delayMs) =>
  sumOf(echoOf(played, room, delay * samplesPerMs), hiss(3, played.length))
/** As a loudspeaker of 24 kHz and a microphone of 16 kHz leave it. */
const babble = (seed: number, durationMs: number) => {
  const up = resample(wideBabble(seed, durationMs), { fromHz: 16_000, toHz: 24_000 })
  return resample(up, { fromHz: 24_000, toHz: 16_000 })
}

describe('the echo canceller', () => {
  it('passes on what is heard, the very frame, while nothing is played', () => {
    const canceller = createEchoCanceller()
    for (let frame = 0; frame < 200; frame++) {
      canceller.played(new Int16Array(240))
      canceller.played(new Int16Array(240))
      const heard = hiss(frame, 320)
      expect(canceller.hear(heard)).toBe(heard)
    }
    expect(canceller.standing()).toEqual({ type: 'searching' })
  })

  it('finds how far the two are apart and takes the echo away', () => {
    const canceller = createEchoCanceller()
    const played = babble(1, 6_000)
    const heard = heardOf(played)
    const cleaned = play(canceller, played, heard)
    expect(levelDb(heard, 5_000) - levelDb(cleaned, 5_000)).toBeGreaterThan(25)
    expect(canceller.standing()).toMatchObject({ type: 'cancelling', delayMs })
  })

  it('begins the next reply where it left off', () => {
    const canceller = createEchoCanceller()
    const played = new Int16Array(12_000 * samplesPerMs)
    played.set(babble(1, 4_000))
    played.set(babble(4, 2_000), 10_000 * samplesPerMs)
    const heard = heardOf(played)
    const cleaned = play(canceller, played, heard)
    expect(levelDb(heard, 10_200, 11_000) - levelDb(cleaned, 10_200, 11_000)).toBeGreaterThan(20)
  })

  it('finds the echo again after the sound card ran dry in the middle of a reply', () => {
    const canceller = createEchoCanceller()
    const played = babble(1, 8_000)
    const early = heardOf(played)
    const late = heardOf(played, delayMs + 57)
    const dryAt = 4_000 * samplesPerMs
    const heard = early.map((value, n) => (n < dryAt ? value : (late[n] ?? 0)))
    const cleaned = play(canceller, played, heard)
    expect(levelDb(heard, 7_000) - levelDb(cleaned, 7_000)).toBeGreaterThan(20)
    expect(canceller.standing()).toMatchObject({ type: 'cancelling', delayMs: delayMs + 57 })
  })

  it('does not mind a process that was stopped for half a second, and hears before it plays', () => {
    const canceller = createEchoCanceller()
    const played = babble(1, 8_000)
    const heard = heardOf(played, 640)
    const beforeSamples = 4_800 * samplesPerMs
    play(canceller, played.subarray(0, beforeSamples), heard.subarray(0, beforeSamples))
    const stopped = 25 * 320
    const rendered = resample(played, { fromHz: 16_000, toHz: 24_000 })
    for (let at = beforeSamples; at < beforeSamples + stopped; at += 320) canceller.hear(heard.subarray(at, at + 320))
    for (let at = beforeSamples; at < beforeSamples + stopped; at += 160)
      canceller.played(rendered.subarray(at * 1.5, at * 1.5 + 240))
    const rest = beforeSamples + stopped
    const cleaned = play(canceller, played.subarray(rest), heard.subarray(rest))
    expect(levelDb(heard.subarray(rest)) - levelDb(cleaned)).toBeGreaterThan(20)
  })

  it('goes on at once when frames were left out in silence, to let out what had piled up', () => {
    const canceller = createEchoCanceller()
    const [before, after] = [babble(1, 4_000), babble(4, 2_000)]
    play(canceller, before, heardOf(before, 540))
    const silence = new Int16Array(3_000 * samplesPerMs)
    play(canceller, silence, hiss(5, silence.length))
    for (let frame = 0; frame < 20; frame++) canceller.hear(hiss(frame, 320))
    const heard = heardOf(after, 140)
    const cleaned = play(canceller, after, heard)
    expect(levelDb(heard, 200, 1_000) - levelDb(cleaned, 200, 1_000)).toBeGreaterThan(20)
  })

  it('is never louder than what is heard, whatever that is', () => {
    const canceller = createEchoCanceller()
    const played = babble(1, 4_000)
    play(canceller, played, heardOf(played))
    const stranger = babble(9, 4_000)
    const cleaned = play(canceller, babble(8, 4_000), stranger)
    for (let ms = 0; ms < 4_000; ms += 500)
      expect(levelDb(cleaned, ms, ms + 500) - levelDb(stranger, ms, ms + 500)).toBeLessThan(1)
  })

  it('knows whether somebody spoke meanwhile, also more quietly than the loudspeaker', () => {
    const canceller = createEchoCanceller()
    const played = babble(1, 8_000)
    const heard = heardOf(played)
    const alone = 6_000 * samplesPerMs
    play(canceller, played.subarray(0, alone), heard.subarray(0, alone))
    expect(canceller.standing()).toMatchObject({ onlyEcho: true })
    const person = wideBabble(7, 900, 2_000)
    const spokenOver = sumOf(heard.subarray(alone, alone + person.length), person)
    play(canceller, played.subarray(alone, alone + person.length), spokenOver)
    expect(levelDb(heard) - levelDb(person)).toBeGreaterThan(6)
    expect(canceller.standing()).toMatchObject({ onlyEcho: false })
  })

  it('searches anew when loudspeaker or microphone was opened anew', () => {
    const canceller = createEchoCanceller()
    const played = babble(1, 4_000)
    play(canceller, played, heardOf(played))
    canceller.reopened()
    expect(canceller.standing()).toEqual({ type: 'searching' })
    const heard = heardOf(played, 60)
    const cleaned = play(canceller, played, heard)
    expect(levelDb(heard, 3_000) - levelDb(cleaned, 3_000)).toBeGreaterThan(20)
  })
})
