import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { closedTurnOf } from '../../../src/bridge/session/closed-turn.ts'
import type { SessionEvent } from '../../../src/bridge/session/state.ts'
import {
  closed,
  deviceId,
  endOfAudio,
  final,
  ofType,
  play,
  playback,
  published,
  replyDone,
  sentence,
  sentenceSent,
  sentenceStarted,
  sessionEnd,
  sessionId,
  speakingFinished,
  spokenTurn,
  typedTurn,
} from './session-fixture.ts'

const answered = [
  { type: 'first_packet', sessionId, atMs: 1_002 },
  { type: 'partial', sessionId, text: 'what time' },
  endOfAudio,
  final('what time is it'),
  sentence('It is nine.'),
  replyDone(),
  sentenceStarted(0),
  sentenceSent(0, 900),
  speakingFinished,
  playback('started', 0),
  playback('finished', 940),
] as const satisfies readonly SessionEvent[]

const closedTurn = (events: readonly SessionEvent[], turn = spokenTurn) => {
  const { state } = play(turn, events)
  if (state.phase !== 'ended') throw new Error(`the session is ${state.phase}`)
  return closedTurnOf(state, 'conversation', createManualClock().wallTime())
}

describe('a spoken turn', () => {
  test('goes from listening to a closed record', () => {
    const { state, effects } = play(spokenTurn, [...answered, closed, sessionEnd()])
    expect(state.phase).toBe('ended')
    expect(published(effects, 'session').map((message) => 'phase' in message && message.phase)).toEqual([
      'thinking',
      'speaking',
      'ended',
    ])
    expect(ofType(effects, 'close_record')).toHaveLength(1)
  })

  test('tells the speaker what Mynah added to the engines', () => {
    const { effects } = play(spokenTurn, answered)
    const speaking = published(effects, 'session').find((message) => 'phase' in message && message.phase === 'speaking')
    expect(speaking).toMatchObject({
      reply_text: 'It is nine.',
      heard_text: 'what time is it',
      timings: { stt_final: 30, stt_compute: 25, dialogue: 1, tts_first_audio: 40, cloud_total: 90, cloud_added: 25 },
    })
  })

  test('speaks the first sentence while the next is still being written', () => {
    const { state, effects } = play(spokenTurn, [
      endOfAudio,
      final('tell me more'),
      sentence('One.'),
      sentenceStarted(0),
    ])
    expect(state.phase).toBe('speaking')
    expect(ofType(effects, 'command_audio').map(({ command }) => command.type)).toEqual(['speak'])
  })

  test('stops the capture when the speaker has not after the cap', () => {
    const { state, effects } = play(spokenTurn, [{ type: 'watchdog', sessionId, watchdog: 'capture' }])
    expect(state.phase).toBe('thinking')
    expect(ofType(effects, 'command_audio')[0]?.command.type).toBe('stop_listening')
    expect(published(effects, 'session')[0]).toMatchObject({ phase: 'thinking', stop_capture: true })
  })

  test('waits for an answer after a question, and ends when none comes', () => {
    const asked = answered.map((event) => (event.type === 'reply_done' ? replyDone(true) : event))
    const waiting = play(spokenTurn, asked)
    expect(waiting.state.phase).toBe('expecting')
    const over = play(spokenTurn, [...asked, { type: 'watchdog', sessionId, watchdog: 'expecting' }])
    expect(over.state).toMatchObject({ phase: 'ended', outcome: 'completed' })
  })

  test('ends without a word when the reply has none', () => {
    const { state } = play(spokenTurn, [endOfAudio, final(''), replyDone()])
    expect(state).toMatchObject({ phase: 'ended', outcome: 'no_speech' })
  })

  test('publishes a partial only when it says something new', () => {
    const partial = { type: 'partial', sessionId, text: 'what' } as const
    expect(ofType(play(spokenTurn, [partial, partial, partial]).effects, 'publish_transcript')).toHaveLength(1)
  })
})

describe('a failing stage', () => {
  test('is said in one sentence while the voice works', () => {
    const { state, effects } = play(spokenTurn, [
      { type: 'failed', sessionId, stage: 'stt', code: 'unavailable', message: '' },
      sentenceStarted(0),
      sentenceSent(0, 1_500),
      speakingFinished,
      playback('finished', 1_540),
    ])
    expect(ofType(effects, 'command_audio').map(({ command }) => command.type)).toContain('speak')
    expect(state).toMatchObject({ phase: 'ended', outcome: 'failed' })
    expect(published(effects, 'session').at(-1)).toMatchObject({ error: { stage: 'stt', code: 'unavailable' } })
  })

  test('keeps what was said before the language model broke off', () => {
    const { state } = play(spokenTurn, [
      endOfAudio,
      final('tell me a story'),
      sentence('Once upon a time.'),
      { type: 'reply_failed', sessionId, stage: 'llm', code: 'timeout' },
    ])
    expect(state.turn.sentences.map(({ text }) => text)).toEqual(['Once upon a time.', 'Sorry, that takes too long.'])
  })

  test('is said by the speaker itself when the voice is what failed', () => {
    const { state, effects } = play(spokenTurn, [
      endOfAudio,
      final('what time is it'),
      sentence('It is nine.'),
      { type: 'failed', sessionId, stage: 'tts', code: 'unavailable', message: '' },
    ])
    expect(published(effects, 'play')[0]).toMatchObject({ source: { type: 'phrase', phrase: 'failed' } })
    expect(state).toMatchObject({ phase: 'ended', outcome: 'failed' })
  })

  test.each(['listening', 'thinking', 'speaking'])('a dead audio worker fails the turn once while %s', (phase) => {
    const before = { listening: [], thinking: answered.slice(0, 4), speaking: answered.slice(0, 7) }[phase] ?? []
    const crash = { type: 'failed', sessionId, stage: 'tts', code: 'plane_crashed', message: '' } as const
    const { state, effects } = play(spokenTurn, [...before, crash, crash, sessionEnd()])
    expect(state).toMatchObject({ phase: 'ended', outcome: 'failed', recorded: true })
    expect(
      published(effects, 'session').filter((message) => 'phase' in message && message.phase === 'ended'),
    ).toHaveLength(1)
    expect(ofType(effects, 'close_record')).toHaveLength(1)
  })
})

describe('an interruption', () => {
  test('keeps only the words that were played', () => {
    const turn = closedTurn([
      ...answered.slice(0, 4),
      sentence('One two three four.'),
      sentence('Never heard at all.'),
      replyDone(),
      sentenceStarted(0),
      { type: 'sentence_made', sessionId, sentenceId: 0, durationMs: 1_000 },
      playback('interrupted', 500),
    ])
    expect(turn.heardReplyText).toBe('One two')
    expect(turn.replyText).toBe('One two three four. Never heard at all.')
    expect(turn.outcome).toBe('barge_in')
  })

  test('knows how long a sentence is that was made before its first sound left', () => {
    const turn = closedTurn([
      ...answered.slice(0, 4),
      sentence('One two three four.'),
      { type: 'sentence_made', sessionId, sentenceId: 0, durationMs: 1_000 },
      replyDone(),
      sentenceStarted(0),
      playback('interrupted', 500),
    ])
    expect(turn.heardReplyText).toBe('One two')
  })

  test('counts what was played when the report comes after the next wake', () => {
    const turn = closedTurn([
      ...answered.slice(0, 8),
      { type: 'superseded', sessionId, deviceId },
      playback('interrupted', 450),
      closed,
      sessionEnd(),
    ])
    expect(turn.heardReplyText).toBe('It')
  })
})

describe('a typed turn', () => {
  test('waits for a path, then speaks on the stream', () => {
    const { effects } = play(typedTurn, [
      sentence('It is nine.'),
      replyDone(),
      { type: 'first_packet', sessionId, atMs: 1_050 },
    ])
    expect(ofType(effects, 'command_audio').map(({ command }) => command.type)).toEqual(['speak', 'finish_speaking'])
  })

  test('offers the reply by URL when no path shows in time', () => {
    const { state, effects } = play(typedTurn, [
      { type: 'watchdog', sessionId, watchdog: 'address' },
      sentence('It is nine.'),
      sentence('Good night.'),
      replyDone(),
      { type: 'audio_offered', sessionId, url: '/audio/token', atMs: 1_100, ttsFirstAudioMs: 40 },
      playback('finished', 2_000, `${sessionId}-url`),
    ])
    expect(ofType(effects, 'offer_audio')).toEqual([
      { type: 'offer_audio', text: 'It is nine. Good night.', language: 'en' },
    ])
    expect(published(effects, 'play')[0]).toMatchObject({ source: { type: 'url', url: '/audio/token' } })
    expect(state).toMatchObject({ phase: 'ended', outcome: 'completed' })
    // A voice that spoke is a voice that works, whichever way its sound went.
    expect(state.turn.timings).toMatchObject({ tts_first_audio: 40, cloud_total: 100 })
  })
})

test('another speaker can neither end nor move a session', () => {
  const before = play(spokenTurn, answered.slice(0, 8))
  const foreign: readonly SessionEvent[] = [
    sessionEnd('bedroom'),
    { type: 'superseded', sessionId, deviceId: 'bedroom' },
    { type: 'playback', sessionId, deviceId: 'bedroom', playId: sessionId, state: 'finished', playedMs: 1 },
  ]
  expect(play(spokenTurn, [...answered.slice(0, 8), ...foreign])).toEqual(before)
})
