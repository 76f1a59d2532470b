import type { SpeakerEvent } from '@mynah/device/runtime/speaker-event.ts'
import { expect, test } from 'vitest'
import { barsOf, turnOf } from '../src/turn.ts'

const sessionId = 'AAAAAAAAAAAAAAAAAAAAAA'
const other = 'BBBBBBBBBBBBBBBBBBBBBB'
const audio = { sent: 100, lost: 2, recovered: 2, late: 0, concealed: 0 }

const story: readonly SpeakerEvent[] = [
  { type: 'turn_started', sessionId, trigger: 'wake_word', by: 'cloud', atMs: 1_000 },
  { type: 'wake_detected', sessionId, word: 'hey_jarvis', score: 0.9, atSample: 16_000, atMs: 1_000 },
  { type: 'phase_changed', phase: 'listening', sessionId, atMs: 1_001 },
  { type: 'first_packet_sent', sessionId, atMs: 1_003 },
  { type: 'session_acknowledged', sessionId, accepted: true, atMs: 1_010 },
  { type: 'transcript', sessionId, text: 'what', final: false, atMs: 1_300 },
  { type: 'transcript', sessionId: other, text: 'of another', final: true, atMs: 1_350 },
  { type: 'speech_end_detected', sessionId, endOfSpeechSample: 32_000, endOfSpeechAtMs: 1_990, atMs: 2_290 },
  { type: 'end_of_stream_sent', sessionId, atMs: 2_300 },
  { type: 'transcript', sessionId, text: 'what time is it', final: true, atMs: 2_340 },
  { type: 'reply_text', sessionId, text: 'It is', atMs: 2_360 },
  { type: 'reply_text', sessionId, text: 'It is nine.', atMs: 2_370 },
  { type: 'first_reply_sample', sessionId, atMs: 2_420 },
  {
    type: 'turn_ended',
    sessionId,
    reason: 'completed',
    timings: { stt_final: 30, tts_first_audio: 50 },
    audio,
    atMs: 4_000,
  },
]

test('a turn is told from its own events only', () => {
  const turn = turnOf(story, sessionId, { endOfSpeechMs: 1_980 })
  expect(turn).toMatchObject({
    heard: 'what time is it',
    heardIsFinal: true,
    reply: 'It is nine.',
    reason: 'completed',
    trigger: 'wake_word',
    phases: ['listening'],
    audio,
    hops: { wake_to_first_packet: 3, wake_to_ack: 10, end_of_speech_to_commit: 320, mynah_added: 40, total: 3_000 },
  })
})

test('without a known end of speech the estimate of the speaker counts', () => {
  expect(turnOf(story, sessionId)?.hops.end_of_speech_to_commit).toBe(310)
})

test('the first sample of the reply counts when it leaves the loudspeaker', () => {
  expect(turnOf(story, sessionId, { outputDelayMs: 20 })?.hops.commit_to_first_audio).toBe(140)
})

test('a turn that goes on has no reason, and one that never began is none', () => {
  const going = turnOf(story.slice(0, 6), sessionId)
  expect(going?.reason).toBeUndefined()
  expect(going).toMatchObject({ heard: 'what', heardIsFinal: false, reply: '' })
  expect(turnOf(story, other)).toBeUndefined()
})

test('the bars of a turn follow one another from the wake to the end of the reply', () => {
  const turn = turnOf(story, sessionId, { endOfSpeechMs: 1_980 })
  const bars = turn ? barsOf(turn) : []
  expect(bars.map((bar) => bar.name)).toEqual([
    'wake to first packet',
    'wake to session',
    'speech after the wake word',
    'wake to first partial',
    'end of speech to commit',
    'recogniser',
    'voice (first sound)',
    'commit to first audio',
    'reply',
  ])
  expect(bars.at(-1)).toEqual({ name: 'reply', startMs: 2_420, endMs: 4_000 })
})
