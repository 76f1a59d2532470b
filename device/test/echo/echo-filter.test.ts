import { describe, expect, it } from 'vitest'
import { createEchoFilter, type EchoFilter, echoBlockSamples } from '../../src/echo/echo-filter.ts'
import { babble, echoOf, hiss, levelDb, roomResponse, sumOf } from './sounds.ts'

const run = (filter: EchoFilter, played: Int16Array, heard: Int16Array): Int16Array => {
  const cleaned = new Int16Array(heard.length)
  for (let at = 0; at + echoBlockSamples <= heard.length; at += echoBlockSamples) {
    const block = [played, heard].map((samples) => Float64Array.from(samples.subarray(at, at + echoBlockSamples)))
    cleaned.set(Int16Array.from(filter.cancel(block[0] ?? new Float64Array(), block[1] ?? new Float64Array())), at)
  }
  return cleaned
}

describe('the filter that learns the way of the echo', () => {
  it('takes an echo with its reflections away to the noise of the microphone within seconds', () => {
    const played = babble(1, 4_000)
    const echo = echoOf(played, roomResponse(2))
    const heard = sumOf(echo, hiss(3, played.length))
    const cleaned = run(createEchoFilter(), played, heard)
    expect(levelDb(heard, 0, 1_000) - levelDb(cleaned, 0, 1_000)).toBeGreaterThan(8)
    expect(levelDb(heard, 3_000) - levelDb(cleaned, 3_000)).toBeGreaterThan(30)
  })
  it('leaves a person who speaks meanwhile as he is, and unlearns nothing', () => {
    const played = babble(1, 6_000)
    const echo = echoOf(played, roomResponse(2))
    const noise = hiss(3, played.length)
    const person = new Int16Array(played.length)
    person.set(babble(4, 1_000, 4_000), 4_000 * 16)
    const cleaned = run(createEchoFilter(), played, sumOf(echo, noise, person))
    const leftOfEcho = Float64Array.from(cleaned, (value, n) => value - (person[n] ?? 0))
    expect(levelDb(person, 4_000, 5_000) - levelDb(leftOfEcho, 4_000, 5_000)).toBeGreaterThan(18)
    expect(levelDb(echo, 5_100) - levelDb(leftOfEcho, 5_100)).toBeGreaterThan(25)
  })
  it('learns the room anew when something in it is moved', () => {
    const played = babble(1, 8_000)
    const half = played.length / 2
    const before = echoOf(played, roomResponse(2))
    const after = echoOf(played, roomResponse(5))
    const echo = before.map((value, n) => (n < half ? value : (after[n] ?? 0)))
    const cleaned = run(createEchoFilter(), played, sumOf(echo, hiss(3, played.length)))
    expect(levelDb(echo, 7_000) - levelDb(cleaned, 7_000)).toBeGreaterThan(20)
  })
  it('passes on what is heard where nothing was played, and remembers what it learned over a rest', () => {
    const filter = createEchoFilter()
    const room = roomResponse(2)
    const played = babble(1, 3_000)
    run(filter, played, sumOf(echoOf(played, room), hiss(3, played.length)))
    filter.rest()
    const person = babble(4, 1_000)
    expect(run(filter, new Int16Array(person.length), person)).toEqual(person)
    const later = babble(6, 1_000)
    const heard = sumOf(echoOf(later, room), hiss(7, later.length))
    filter.rest()
    const cleaned = run(filter, later, heard)
    expect(levelDb(heard) - levelDb(cleaned)).toBeGreaterThan(25)
  })
  it('forgets the room when it is told to', () => {
    const filter = createEchoFilter()
    const played = babble(1, 2_000)
    run(filter, played, sumOf(echoOf(played, roomResponse(2))))
    filter.reset()
    const heard = babble(4, 20)
    expect(run(filter, played.subarray(4_000, 4_320), heard)).toEqual(heard)
  })
})
