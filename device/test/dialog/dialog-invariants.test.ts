import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { step } from '../../src/dialog/dialog.ts'
import type { DialogEffect } from '../../src/dialog/dialog-effect.ts'
import type { DialogEvent } from '../../src/dialog/dialog-event.ts'
import { currentSessionId, type DialogState, initialDialog } from '../../src/dialog/dialog-state.ts'

/** An event without its session; `age` picks the current session (0) or an earlier one. */
type Draft = {
  readonly age: number
  readonly make: (ids: { fresh: string; named: string; atMs: number }) => DialogEvent
}

const failure = { stage: 'llm', code: 'crashed' }
const drafts: readonly Draft['make'][] = [
  ({ fresh, atMs }) => ({ type: 'wake_word_heard', newSessionId: fresh, word: 'w', score: 1, atSample: 0, atMs }),
  ({ fresh, atMs }) => ({ type: 'button_pressed', newSessionId: fresh, atMs }),
  ({ fresh, atMs }) => ({ type: 'text_typed', newSessionId: fresh, text: 'x', atMs }),
  ({ fresh, atMs }) => ({ type: 'speech_started', newSessionId: fresh, sinceSample: 0, atMs }),
  ({ named }) => ({ type: 'wake_acknowledged', sessionId: named, accepted: true }),
  ({ named }) => ({ type: 'wake_acknowledged', sessionId: named, accepted: false, reason: 'busy' }),
  ({ named }) => ({ type: 'end_of_turn', sessionId: named, outcome: 'speech_ended' }),
  ({ named }) => ({ type: 'end_of_turn', sessionId: named, outcome: 'no_speech' }),
  ({ named }) => ({ type: 'session_changed', sessionId: named, phase: 'thinking', stopCapture: true }),
  ({ named }) => ({ type: 'session_changed', sessionId: named, phase: 'speaking', stopCapture: false }),
  ({ named }) => ({ type: 'session_changed', sessionId: named, phase: 'expecting', stopCapture: false }),
  ({ named }) => ({ type: 'session_changed', sessionId: named, phase: 'ended', stopCapture: false }),
  ({ named }) => ({ type: 'session_changed', sessionId: named, phase: 'ended', stopCapture: false, failure }),
  ({ named }) => ({
    type: 'play_requested',
    sessionId: named,
    playId: 'p',
    source: { type: 'stream' },
    expectsReply: true,
  }),
  ({ named }) => ({
    type: 'play_requested',
    sessionId: named,
    playId: 'p',
    source: { type: 'stream' },
    expectsReply: false,
  }),
  ({ named }) => ({ type: 'reply_arrived', sessionId: named }),
  ({ named }) => ({ type: 'playback_finished', sessionId: named }),
  ({ named }) => ({ type: 'playback_failed', sessionId: named, failure }),
  ({ named }) => ({ type: 'link_lost', sessionId: named }),
  ({ named }) => ({ type: 'timer_elapsed', sessionId: named, timer: 'acknowledgement' }),
  ({ named }) => ({ type: 'timer_elapsed', sessionId: named, timer: 'thinking' }),
  ({ named }) => ({ type: 'timer_elapsed', sessionId: named, timer: 'settling' }),
  ({ named }) => ({ type: 'timer_elapsed', sessionId: named, timer: 'listening' }),
  ({ named }) => ({ type: 'timer_elapsed', sessionId: named, timer: 'follow_up' }),
  () => ({ type: 'link_changed', link: 'offline' }),
  () => ({ type: 'link_changed', link: 'online' }),
  () => ({ type: 'mute_changed', muted: true }),
  () => ({ type: 'mute_changed', muted: false }),
  () => ({ type: 'microphone_changed', works: false, atMs: 0 }),
  () => ({ type: 'microphone_changed', works: true, atMs: 0 }),
  () => ({ type: 'follow_up_changed', followUpMs: 0 }),
  () => ({ type: 'follow_up_changed', followUpMs: 4_000 }),
]

const story = fc.array(
  fc.record({
    // Openers and the usual course are drawn more often, so that long conversations happen.
    draft: fc.oneof(fc.constantFrom(...drafts), fc.constantFrom(...drafts.slice(0, 5)), fc.constantFrom(...drafts)),
    age: fc.constantFrom(0, 0, 0, 0, 1, 2),
  }),
  { maxLength: 60 },
)

type Told = {
  readonly before: DialogState
  readonly event: DialogEvent
  readonly after: DialogState
  readonly effects: readonly DialogEffect[]
}

const tellStory = (drawn: readonly { draft: Draft['make']; age: number }[]): readonly Told[] => {
  let state = initialDialog({ muted: false, link: 'online', localCommands: false, followUpMs: 5_000 })
  const opened: string[] = ['none']
  return drawn.map(({ draft, age }, index) => {
    const named =
      age === 0 ? (currentSessionId(state) ?? 'none') : (opened[Math.max(0, opened.length - 1 - age)] ?? 'none')
    const event = draft({ fresh: `s${index}`, named, atMs: index * 100 })
    const before = state
    const [after, effects] = step(state, event)
    for (const effect of effects) if (effect.type === 'open_turn') opened.push(effect.turn.sessionId)
    state = after
    return { before, event, after, effects }
  })
}

const always = (check: (told: readonly Told[]) => void) =>
  fc.assert(
    fc.property(story, (drawn) => check(tellStory(drawn))),
    { numRuns: 2_000 },
  )

describe('whatever happens in whatever order', () => {
  it('every turn ends exactly once, and the last one open is the one the state names', () => {
    always((told) => {
      const open = new Set<string>()
      for (const { after, effects } of told) {
        for (const effect of effects) {
          if (effect.type === 'open_turn') {
            expect(open.size).toBe(0)
            open.add(effect.turn.sessionId)
          }
          if (effect.type === 'end_turn') expect(open.delete(effect.sessionId)).toBe(true)
        }
        const expected = 'turn' in after ? [after.turn.sessionId] : []
        expect([...open]).toEqual(expected)
      }
    })
  })
  it('captures only while listening, and stops whenever it leaves', () => {
    always((told) => {
      let capturing = false
      for (const { after, effects } of told) {
        for (const effect of effects) {
          if (effect.type === 'start_capture') {
            expect(capturing).toBe(false)
            capturing = true
          }
          if (effect.type === 'stop_capture') {
            expect(capturing).toBe(true)
            capturing = false
          }
        }
        expect(capturing).toBe(after.phase === 'listening')
      }
    })
  })
  it('a late event never moves the current turn', () => {
    always((told) => {
      for (const { before, event, after, effects } of told) {
        if (!('sessionId' in event) || event.sessionId === currentSessionId(before)) continue
        expect(after).toBe(before)
        expect(effects).toEqual([])
      }
    })
  })
  it('a reply plays only while speaking, and is stopped or heard when the phase is left', () => {
    always((told) => {
      let playing = false
      for (const { event, after, effects } of told) {
        if (event.type === 'playback_finished' && after.phase === 'speaking') playing = false
        for (const effect of effects) {
          if (effect.type === 'play_reply') playing = true
          if (effect.type === 'stop_playback') playing = false
        }
        if (after.phase !== 'speaking' && event.type !== 'playback_finished') expect(playing).toBe(false)
        if (after.phase !== 'speaking') playing = false
      }
    })
  })
  it('shows each phase it enters, with the session it belongs to', () => {
    always((told) => {
      let shown: { phase: string; sessionId?: string | undefined } = { phase: 'idle' }
      for (const { after, effects } of told) {
        for (const effect of effects) if (effect.type === 'show_phase') shown = effect
        expect(shown.phase).toBe(after.phase)
        expect(shown.sessionId).toBe(currentSessionId(after))
      }
    })
  })
  it('a muted speaker never begins to listen', () => {
    always((told) => {
      for (const { before, effects } of told) {
        if (!before.ambient.muted) continue
        expect(effects.some((effect) => effect.type === 'start_capture')).toBe(false)
      }
    })
  })
  it('nothing is sent without a network', () => {
    always((told) => {
      for (const { before, effects } of told) {
        if (before.ambient.link === 'online') continue
        expect(effects.some((effect) => effect.type === 'open_turn')).toBe(false)
      }
    })
  })
})
