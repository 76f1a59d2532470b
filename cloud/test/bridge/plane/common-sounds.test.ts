import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { type CommonSentence, createCommonSounds } from '../../../src/bridge/plane/common-sounds.ts'

const said = (text: string, more: Partial<CommonSentence> = {}): CommonSentence => ({
  text,
  language: 'en',
  sampleRateHz: 24_000,
  ...more,
})
const packets = (bytes: number) => [new Uint8Array(bytes), new Uint8Array(bytes)]

describe('the sound of common sentences', () => {
  test('is found by all that makes a difference to it', () => {
    const sounds = createCommonSounds({ clock: createManualClock() })
    const okay = packets(50)
    sounds.keep(said('Okay.'), okay)
    expect(sounds.find(said('Okay.'))).toBe(okay)
    for (const other of [
      said('Goodbye.'),
      said('Okay.', { language: 'zh' }),
      said('Okay.', { voice: 'slt' }),
      said('Okay.', { sampleRateHz: 16_000 }),
    ])
      expect(sounds.find(other), JSON.stringify(other)).toBeUndefined()
  })

  test('takes no more memory than it may: what was told the longest ago goes first', () => {
    const bounds = { maxBytes: 1_000, maxAgeMs: 60_000 }
    const sounds = createCommonSounds({ clock: createManualClock(), bounds })
    for (const text of ['one', 'two', 'three']) sounds.keep(said(text), packets(50))
    expect(sounds.sizeBytes()).toBe(900)
    sounds.find(said('one'))
    sounds.keep(said('four'), packets(50))
    const known = ['one', 'two', 'three', 'four'].filter((text) => sounds.find(said(text)))
    expect(known).toEqual(['one', 'three', 'four'])
    sounds.keep(said('one'), packets(60))
    expect(sounds.sizeBytes()).toBe(920)
    sounds.keep(said('a long story'), packets(5_000))
    expect(sounds.sizeBytes()).toBe(0)
  })

  test('is made anew after an hour, however often it was told', async () => {
    const clock = createManualClock()
    const sounds = createCommonSounds({ clock })
    sounds.keep(said('Okay.'), packets(50))
    await clock.advance(3_599_999)
    expect(sounds.find(said('Okay.'))).toHaveLength(2)
    await clock.advance(1)
    expect(sounds.find(said('Okay.'))).toBeUndefined()
    expect(sounds.sizeBytes()).toBe(0)
  })
})
