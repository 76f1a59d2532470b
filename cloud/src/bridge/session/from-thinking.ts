import { estimateSpokenMs } from '../spoken-text.ts'
import { endByCloud, failWithPhrase, publishSession, replyFields, replyTextOf, urlPlayIdOf } from './endings.ts'
import { cloudTimings, onSentenceStarted } from './from-speaking.ts'
import { onPartial } from './partial.ts'
import { apologise, deliverByUrl, onReplyEvent, type Writing } from './reply.ts'
import type { Effect, SessionEvent, SessionState, Step, Turn } from './state.ts'

type Thinking = Extract<SessionState, { phase: 'thinking' }>

/** The recogniser's final, or the typed text: the reply begins. */
const onFinal = (turn: Turn, event: Extract<SessionEvent, { type: 'final' }>, atMs: number): Writing => {
  if (turn.heardText !== undefined || turn.reply !== 'not_started') return [turn, []]
  const compute = event.computeMs === undefined ? {} : { stt_compute: event.computeMs }
  const next: Turn = {
    ...turn,
    heardText: event.text,
    heardAtMs: atMs,
    reply: 'writing',
    timings: { ...turn.timings, stt_final: event.waitedMs, ...compute },
  }
  return [
    next,
    [
      { type: 'unwatch', watchdog: 'final' },
      { type: 'publish_transcript', text: event.text, final: true },
      { type: 'start_reply', text: event.text, outOfGrammar: event.outOfGrammar },
      { type: 'watch', watchdog: 'reply', afterMs: turn.limits.replyMs },
    ],
  ]
}

const onWatchdog = (turn: Turn, event: Extract<SessionEvent, { type: 'watchdog' }>, atMs: number): Writing | Step => {
  switch (event.watchdog) {
    case 'final':
      return turn.heardText === undefined && turn.reply === 'not_started'
        ? apologise(turn, { stage: 'stt', code: 'timeout' }, atMs)
        : [turn, []]
    case 'reply':
      return turn.reply === 'writing' ? apologise(turn, { stage: 'dialogue', code: 'timeout' }, atMs) : [turn, []]
    case 'address':
      return deliverByUrl(turn)
    case 'voice':
      return failWithPhrase(turn, { stage: 'tts', code: 'timeout' })
    default:
      return [turn, []]
  }
}

/** Plan B: the whole reply waits under a URL. */
const onAudioOffered = (before: Turn, event: Extract<SessionEvent, { type: 'audio_offered' }>): Step => {
  const { url } = event
  const turn: Turn = { ...before, timings: cloudTimings(before, event) }
  const playId = urlPlayIdOf(turn)
  const playback: readonly Effect[] = [
    { type: 'unwatch', watchdog: 'voice' },
    {
      type: 'publish',
      kind: 'play',
      message: {
        v: 1,
        play_id: playId,
        session_id: turn.sessionId,
        source: { type: 'url', url },
        kind: 'reply',
        expects_reply: turn.expectsReply,
      },
    },
    publishSession(turn, 'speaking', replyFields(turn)),
    {
      type: 'watch',
      watchdog: 'playback',
      afterMs: 2 * estimateSpokenMs(replyTextOf(turn)) + turn.limits.playbackMs,
    },
  ]
  return [{ phase: 'speaking', turn, playId }, playback]
}

const isStep = (outcome: Writing | Step): outcome is Step => 'phase' in outcome[0]

/** A reply that is complete and has nothing to say ends the session. */
const thinkOn = (outcome: Writing | Step): Step => {
  if (isStep(outcome)) return outcome
  const [turn, effects] = outcome
  if (turn.reply !== 'written' || turn.sentences.length > 0) return [{ phase: 'thinking', turn }, effects]
  const [state, ended] = endByCloud(turn, turn.heardText ? 'completed' : 'no_speech')
  return [state, [...effects, ...ended]]
}

export const fromThinking = (state: Thinking, event: SessionEvent, atMs: number): Step => {
  const { turn } = state
  const writing = onReplyEvent(turn, event, atMs)
  if (writing) return thinkOn(writing)
  switch (event.type) {
    case 'partial':
      return turn.heardText === undefined ? thinkOn(onPartial(turn, event.text, atMs)) : [state, []]
    case 'end_of_audio':
      return [{ ...state, turn: { ...turn, endOfAudioAtMs: event.atMs } }, []]
    case 'final':
      if (event.falseWake) return endByCloud(turn, 'no_speech', [{ type: 'unwatch', watchdog: 'final' }])
      return thinkOn(onFinal(turn, event, atMs))
    case 'failed':
      // The recogniser failed while its final was awaited; once the text is known its end does not matter.
      if (turn.heardText !== undefined || turn.reply !== 'not_started') return [state, []]
      return thinkOn(apologise(turn, { stage: event.stage, code: event.code }, atMs))
    case 'sentence_started':
      return onSentenceStarted(state, event)
    case 'audio_offered':
      return turn.delivery === 'url' ? onAudioOffered(turn, event) : [state, []]
    case 'audio_refused':
      return failWithPhrase(turn, { stage: 'tts', code: event.code })
    case 'watchdog':
      return thinkOn(onWatchdog(turn, event, atMs))
    default:
      return [state, []]
  }
}
