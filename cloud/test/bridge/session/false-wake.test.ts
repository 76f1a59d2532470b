import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { describe, expect, test } from 'vitest'
import { checkedWakeOf } from '../../../src/bridge/session/checked-wake.ts'
import type { SessionEvent } from '../../../src/bridge/session/state.ts'
import { endOfAudio, final, ofType, play, published, sessionId, spokenTurn } from './session-fixture.ts'

const falseWake = { ...final(''), falseWake: true } as SessionEvent

describe('a wake that was none', () => {
  test.each([
    ['while the speaker listens', [falseWake]],
    ['after it has stopped listening', [endOfAudio, falseWake]],
  ] as const)('is closed without a word %s', (_, events) => {
    const { state, effects } = play(spokenTurn, [{ type: 'first_packet', sessionId, atMs: 1_001 }, ...events])
    expect(state).toMatchObject({ phase: 'ended', outcome: 'no_speech' })
    expect(published(effects, 'session').at(-1)).toMatchObject({ phase: 'ended' })
    expect(published(effects, 'play')).toEqual([])
    expect(ofType(effects, 'start_reply')).toEqual([])
    expect(ofType(effects, 'command_audio').map(({ command }) => command.type)).toContain('close_stream')
  })
})

describe('which wakes are checked again', () => {
  const wake: FromDeviceMessage<'wake'> = {
    v: 1,
    session_id: sessionId,
    trigger: 'wake_word',
    wake_word: 'hey_jarvis',
    audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
    pre_roll_ms: 1_500.4,
  }
  test('those by a word that the recogniser knows', () => {
    expect(checkedWakeOf(wake, 'en')).toEqual({ wake: { text: 'hey jarvis', preRollMs: 1_500 } })
  })
  test('a word that no recogniser knows is passed over in every language, over a reply too', () => {
    for (const trigger of ['wake_word', 'barge_in'] as const)
      for (const word of ['小智小智', 'constructor'])
        for (const language of ['en', 'zh'] as const) {
          expect(checkedWakeOf({ ...wake, trigger, wake_word: word }, language)).toEqual({ wake: { preRollMs: 1_500 } })
        }
  })
  test('not those over a reply, nor buttons and follow-ups', () => {
    for (const trigger of ['barge_in', 'button', 'follow_up', 'text'] as const) {
      expect(checkedWakeOf({ ...wake, trigger }, 'en')).toEqual({})
    }
  })
  test('every English word in front of another language, over a reply too, so that it can be passed over', () => {
    const alexa = { ...wake, wake_word: 'alexa' }
    expect(checkedWakeOf(alexa, 'en')).toEqual({})
    for (const trigger of ['wake_word', 'barge_in'] as const) {
      expect(checkedWakeOf({ ...alexa, trigger }, 'zh')).toEqual({ wake: { text: 'alexa', preRollMs: 1_500 } })
    }
    expect(checkedWakeOf({ ...wake, trigger: 'button' }, 'zh')).toEqual({})
  })
})
