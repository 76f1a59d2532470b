import { describe, expect, it } from 'vitest'
import { createEchoDelay, type DelayFound } from '../../src/echo/echo-delay.ts'
import { babble, echoOf, hiss, roomResponse, sumOf } from './sounds.ts'

const looks = (played: Int16Array, heard: Int16Array): DelayFound[] => {
  const finder = createEchoDelay()
  const found: DelayFound[] = []
  for (let at = 0; at + 320 <= heard.length; at += 320) {
    const look = finder.hear(played.subarray(at, at + 320), heard.subarray(at, at + 320))
    if (look) found.push(look)
  }
  return found
}
const played = babble(1, 4_000)

describe('the delay of an echo', () => {
  it.each([0, 37, 2_240, 11_111])('of %i samples is found within a quarter of a millisecond', (delaySamples) => {
    const last = looks(played, sumOf(echoOf(played, roomResponse(2), delaySamples), hiss(3, played.length))).at(-1)
    expect(Math.abs((last?.delaySamples ?? Number.NaN) - delaySamples)).toBeLessThanOrEqual(4)
    expect(last?.clarity).toBeGreaterThan(10)
  })
  it('is found where the echo is a hundredth as loud, and somebody speaks', () => {
    const echo = echoOf(played, roomResponse(2, 0.02), 1_600)
    const last = looks(played, sumOf(echo, babble(9, 4_000, 1_000))).at(-1)
    expect(Math.abs((last?.delaySamples ?? Number.NaN) - 1_600)).toBeLessThanOrEqual(4)
  })
  it('of nothing is never clear once a second of it was heard', () => {
    for (const found of looks(played, babble(9, 4_000)).slice(4)) expect(found.clarity).toBeLessThan(8)
  })
  it('is not looked for while nothing is played', () => {
    expect(looks(new Int16Array(played.length), babble(9, 4_000))).toEqual([])
  })
})
