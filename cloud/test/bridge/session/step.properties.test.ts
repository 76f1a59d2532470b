import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Effect, SessionEvent, SessionState } from '../../../src/bridge/session/state.ts'
import { begin, step } from '../../../src/bridge/session/step.ts'
import {
  closed,
  deviceId,
  endOfAudio,
  final,
  ofType,
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

const watchdogs = ['capture', 'final', 'reply', 'voice', 'address', 'playback', 'expecting', 'account'] as const
const playbackStates = ['started', 'finished', 'interrupted', 'failed'] as const
const stages = ['stt', 'dialogue', 'llm', 'tts'] as const
const codes = ['unavailable', 'timeout', 'plane_crashed'] as const

const ownEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.constantFrom<SessionEvent>(endOfAudio, speakingFinished, closed, sessionEnd(), { type: 'link_lost', sessionId }),
  fc.constantFrom<SessionEvent>({ type: 'shutdown', sessionId }, { type: 'superseded', sessionId, deviceId }),
  fc.constant<SessionEvent>({ type: 'first_packet', sessionId, atMs: 1_005 }),
  fc.string({ maxLength: 8 }).map((text): SessionEvent => ({ type: 'partial', sessionId, text })),
  fc.string({ maxLength: 8 }).map(final),
  fc.string({ maxLength: 8 }).map(sentence),
  fc.boolean().map(replyDone),
  fc.nat(3).map(sentenceStarted),
  fc.tuple(fc.nat(3), fc.nat(2_000)).map(([id, ms]) => sentenceSent(id, ms)),
  fc.nat(3).map((sentenceId): SessionEvent => ({ type: 'sentence_made', sessionId, sentenceId, durationMs: 700 })),
  fc.tuple(fc.constantFrom(...playbackStates), fc.nat(5_000)).map(([state, ms]) => playback(state, ms)),
  fc.constantFrom(...watchdogs).map((watchdog): SessionEvent => ({ type: 'watchdog', sessionId, watchdog })),
  fc
    .tuple(fc.constantFrom(...stages), fc.constantFrom(...codes))
    .map(([stage, code]): SessionEvent => ({ type: 'failed', sessionId, stage, code, message: '' })),
  fc.constant<SessionEvent>({ type: 'reply_failed', sessionId, stage: 'llm', code: 'timeout' }),
  fc.constant<SessionEvent>({ type: 'audio_offered', sessionId, url: '/audio/x', atMs: 2_000, ttsFirstAudioMs: 40 }),
  fc.constant<SessionEvent>({ type: 'audio_refused', sessionId, code: 'unavailable' }),
)

/** The same events, but of another session or another speaker. */
const foreignEvent: fc.Arbitrary<SessionEvent> = fc
  .tuple(ownEvent, fc.boolean())
  .map(([event, otherDevice]) =>
    'deviceId' in event && otherDevice
      ? { ...event, deviceId: 'bedroom' }
      : { ...event, sessionId: 'BBBBBBBBBBBBBBBBBBBBBB' },
  )

const turns = fc.constantFrom(spokenTurn, typedTurn)

const run = (turn: typeof spokenTurn, events: readonly SessionEvent[]) => {
  let [state, effects] = begin(turn, 1_000)
  const states: SessionState[] = [state]
  const all: Effect[] = [...effects]
  for (const [index, event] of events.entries()) {
    ;[state, effects] = step(state, event, 1_000 + 7 * index)
    states.push(state)
    all.push(...effects)
  }
  return { state, states, effects: all }
}

const terminator: readonly SessionEvent[] = [
  { type: 'shutdown', sessionId },
  { type: 'shutdown', sessionId },
]

test('whatever happens, a session ends exactly once and its record is closed exactly once', () => {
  fc.assert(
    fc.property(turns, fc.array(ownEvent, { maxLength: 40 }), (turn, events) => {
      const { state, states, effects } = run(turn, [...events, ...terminator])
      expect(state).toMatchObject({ phase: 'ended', recorded: true })
      expect(ofType(effects, 'close_record')).toHaveLength(1)
      const endings = published(effects, 'session').filter((message) => 'phase' in message && message.phase === 'ended')
      expect(endings.length).toBeLessThanOrEqual(1)
      const firstEnded = states.findIndex(({ phase }) => phase === 'ended')
      expect(states.slice(firstEnded).every(({ phase }) => phase === 'ended')).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('after the end nothing is published, spoken or started any more', () => {
  fc.assert(
    fc.property(
      turns,
      fc.array(ownEvent, { maxLength: 20 }),
      fc.array(ownEvent, { maxLength: 20 }),
      (turn, some, late) => {
        let { state } = run(turn, [...some, { type: 'shutdown', sessionId }])
        for (const event of late) {
          const [next, effects] = step(state, event, 9_000)
          const kinds = new Set(effects.map(({ type }) => type))
          for (const allowed of ['record_heard', 'unwatch', 'close_record'] as const) kinds.delete(allowed)
          expect([...kinds]).toEqual([])
          state = next
        }
      },
    ),
    { numRuns: 1_000 },
  )
})

test('events of another session or speaker change nothing', () => {
  fc.assert(
    fc.property(turns, fc.array(ownEvent, { maxLength: 20 }), foreignEvent, (turn, events, foreign) => {
      const { state } = run(turn, events)
      const [next, effects] = step(state, foreign, 9_000)
      expect(next).toBe(state)
      expect(effects).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})

test('a live session always has a watchdog that moves it', () => {
  fc.assert(
    fc.property(turns, fc.array(ownEvent, { maxLength: 30 }), (turn, events) => {
      const running = new Set<string>()
      let [state, effects] = begin(turn, 1_000)
      const note = (from: readonly Effect[]) => {
        for (const effect of from) {
          if (effect.type === 'watch') running.add(effect.watchdog)
          if (effect.type === 'unwatch') running.delete(effect.watchdog)
        }
      }
      note(effects)
      for (const event of events) {
        // A watchdog that was not started cannot bark.
        if (event.type === 'watchdog' && !running.delete(event.watchdog)) continue
        const wasLive = state.phase !== 'ended'
        ;[state, effects] = step(state, event, 2_000)
        if (wasLive && state.phase === 'ended') running.clear()
        note(effects)
      }
      if (state.phase === 'ended' && state.recorded) return
      expect(running.size).toBeGreaterThan(0)
    }),
    { numRuns: 2_000 },
  )
})
