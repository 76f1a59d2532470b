import { describe, expect, test } from 'vitest'
import type { WokenBy } from '../../src/dialog/dialog-effect.ts'
import { listeningFromMs, startSampleOf, type TurnStart, wakeIn, wakeMessageOf } from '../../src/runtime/turn-start.ts'

const samplesPerMs = 16
const atMs = 0
const nextSample = 100_000
const byWord: WokenBy = { type: 'wake_word', word: 'hey_jarvis', score: 0.9, atSample: 98_000, atMs }
const bySpeech: WokenBy = { type: 'speech', sinceSample: 90_000, atMs }
const byButton: WokenBy = { type: 'button', atMs }
const byText: WokenBy = { type: 'text', text: 'what time is it', atMs }
const turn: TurnStart['turn'] = { sessionId: 's-1', trigger: 'wake_word' }
const messageOf = (wokenBy: WokenBy, more: Partial<TurnStart> = {}) =>
  wakeMessageOf({ turn, wokenBy, nextSample, language: 'en', ...more })

describe('the sound of a turn', () => {
  test('begins 1.5 s before the decision of its wake word, and 300 ms before anything else', () => {
    expect(startSampleOf(byWord, nextSample)).toBe(98_000 - 1_500 * samplesPerMs)
    expect(startSampleOf(bySpeech, nextSample)).toBe(90_000 - 300 * samplesPerMs)
    for (const wokenBy of [byButton, byText])
      expect(startSampleOf(wokenBy, nextSample)).toBe(nextSample - 300 * samplesPerMs)
  })

  test('holds the wake word where it was decided, and no other beginning holds one', () => {
    const startSample = startSampleOf(byWord, nextSample)
    expect(wakeIn(byWord, startSample)).toEqual({ word: 'hey_jarvis', decidedMs: 1_500 })
    expect(wakeIn(bySpeech, startSample)).toBeUndefined()
  })

  test('is listened to from the decision on, or from what is heard next', () => {
    expect(listeningFromMs(byWord, nextSample)).toBe(98_000 / samplesPerMs)
    expect(listeningFromMs(byButton, nextSample)).toBe(nextSample / samplesPerMs)
  })
})

describe('the cloud is told', () => {
  test('the word, its score within bounds and the sound in front of now', () => {
    expect(messageOf({ ...byWord, score: 1.2 })).toMatchObject({
      session_id: 's-1',
      trigger: 'wake_word',
      wake_word: 'hey_jarvis',
      score: 1,
      language: 'en',
      pre_roll_ms: 1_500 + 2_000 / samplesPerMs,
    })
  })

  test('no more sound than there is', () => {
    expect(messageOf({ ...byWord, atSample: 1_600 }, { nextSample: 3_200 }).pre_roll_ms).toBe(200)
  })

  test('a typed text without any sound', () => {
    const message = messageOf(byText)
    expect(message).toMatchObject({ text: 'what time is it', pre_roll_ms: 0 })
    expect(message).not.toHaveProperty('wake_word')
  })

  test('which turn this one follows', () => {
    expect(messageOf(bySpeech)).not.toHaveProperty('previous_session_id')
    expect(messageOf(bySpeech, { turn: { ...turn, previousSessionId: 's-0' } })).toMatchObject({
      previous_session_id: 's-0',
    })
  })
})
