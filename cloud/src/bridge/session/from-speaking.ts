import { estimateSpokenMs } from '../spoken-text.ts'
import { endByCloud, failWithPhrase, publishSession, replyFields, streamPlayIdOf } from './endings.ts'
import { apologise, onReplyEvent, withSentence } from './reply.ts'
import type { Effect, SessionEvent, SessionState, Step, Turn } from './state.ts'

type Speaking = Extract<SessionState, { phase: 'speaking' }>
type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>

/** What the cloud took from the end of the speech (or the typed text) to the first sound, and how much of it no engine computed. */
export const cloudTimings = (
  turn: Turn,
  event: Pick<EventOf<'sentence_started'>, 'atMs' | 'ttsFirstAudioMs'>,
): Turn['timings'] => {
  const fromMs = turn.endOfAudioAtMs ?? turn.heardAtMs ?? turn.openedAtMs
  const totalMs = event.atMs - fromMs
  const { stt_compute: sttMs = 0, llm_first_token: llmMs = 0 } = turn.timings
  return {
    ...turn.timings,
    tts_first_audio: event.ttsFirstAudioMs,
    cloud_total: totalMs,
    cloud_added: totalMs - sttMs - llmMs - event.ttsFirstAudioMs,
  }
}

const upTo = (turn: Turn, sentenceId: number): Turn => ({
  ...turn,
  sentences: turn.sentences.filter((sentence) => sentence.sentenceId <= sentenceId),
})

const wasSpoken = (turn: Turn, sentenceId: number): boolean =>
  turn.delivery === 'stream' && sentenceId < turn.sentences.length

const watchSentence = (turn: Turn, sentenceId: number): Effect => {
  const text = turn.sentences.find((sentence) => sentence.sentenceId === sentenceId)?.text ?? ''
  return { type: 'watch', watchdog: 'voice', afterMs: 2 * estimateSpokenMs(text) + turn.limits.voiceMs }
}

/** The first sound of a sentence has left; with the first sentence the speaker learns what to play. */
export const onSentenceStarted = (
  state: Extract<SessionState, { phase: 'thinking' | 'speaking' }>,
  event: EventOf<'sentence_started'>,
): Step => {
  const { turn } = state
  if (!wasSpoken(turn, event.sentenceId)) return [state, []]
  const first = turn.timings.tts_first_audio === undefined
  const spoken: Turn = first ? { ...turn, timings: cloudTimings(turn, event) } : turn
  const playId = streamPlayIdOf(turn)
  const play: readonly Effect[] = [
    {
      type: 'publish',
      kind: 'play',
      message: {
        v: 1,
        play_id: playId,
        session_id: turn.sessionId,
        source: { type: 'stream' },
        kind: 'reply',
        ...(turn.reply === 'written' ? { expects_reply: turn.expectsReply } : {}),
      },
    },
  ]
  return [
    { phase: 'speaking', turn: spoken, playId },
    [
      ...(first ? play : []),
      publishSession(spoken, 'speaking', replyFields(upTo(spoken, event.sentenceId))),
      watchSentence(spoken, event.sentenceId),
    ],
  ]
}

const onSentenceSent = (state: Speaking, event: EventOf<'sentence_sent'>): Step => {
  if (!wasSpoken(state.turn, event.sentenceId)) return [state, []]
  const turn = withSentence(state.turn, event)
  const more = turn.reply === 'written' || turn.sentences.some((sentence) => sentence.sentenceId > event.sentenceId)
  const watch: Effect = more
    ? { type: 'watch', watchdog: 'voice', afterMs: turn.limits.voiceMs }
    : { type: 'unwatch', watchdog: 'voice' }
  return [{ ...state, turn }, [watch]]
}

/** The reply was heard to its end: the speaker listens for an answer to a question, or the session is over. */
const onPlayed = (turn: Turn): Step => {
  if (turn.failure) return endByCloud(turn, 'failed')
  if (!turn.expectsReply || turn.followUpMs === 0) return endByCloud(turn, 'completed')
  return [
    { phase: 'expecting', turn },
    [
      { type: 'unwatch', watchdog: 'playback' },
      { type: 'unwatch', watchdog: 'voice' },
      publishSession(turn, 'expecting', replyFields(turn)),
      { type: 'command_audio', command: { type: 'close_stream', sessionId: turn.sessionId } },
      { type: 'watch', watchdog: 'expecting', afterMs: turn.followUpMs + turn.limits.expectingMarginMs },
    ],
  ]
}

const onPlayback = (state: Speaking, event: EventOf<'playback'>): Step => {
  if (event.playId !== state.playId) return [state, []]
  const turn: Turn = { ...state.turn, playedMs: event.playedMs }
  switch (event.state) {
    case 'started':
      return [{ ...state, turn }, []]
    case 'finished':
      return onPlayed({ ...turn, playedAll: turn.reply === 'written' })
    case 'interrupted':
      return endByCloud(turn, 'barge_in', [
        { type: 'command_audio', command: { type: 'stop_speaking', sessionId: turn.sessionId } },
      ])
    case 'failed':
      return endByCloud({ ...turn, failure: { stage: 'playback', code: event.code ?? 'failed' } }, 'failed')
  }
}

const onWatchdog = (state: Speaking, event: EventOf<'watchdog'>, atMs: number): Step => {
  const { turn } = state
  switch (event.watchdog) {
    case 'reply': {
      if (turn.reply !== 'writing') return [state, []]
      const [next, effects] = apologise(turn, { stage: 'dialogue', code: 'timeout' }, atMs)
      return [{ ...state, turn: next }, effects]
    }
    case 'voice':
      return failWithPhrase(turn, { stage: 'tts', code: 'timeout' })
    case 'playback':
      return endByCloud({ ...turn, failure: turn.failure ?? { stage: 'playback', code: 'timeout' } }, 'timeout')
    default:
      return [state, []]
  }
}

export const fromSpeaking = (state: Speaking, event: SessionEvent, atMs: number): Step => {
  const writing = onReplyEvent(state.turn, event, atMs)
  if (writing) return [{ ...state, turn: writing[0] }, writing[1]]
  switch (event.type) {
    case 'sentence_started':
      return onSentenceStarted(state, event)
    case 'sentence_sent':
      return onSentenceSent(state, event)
    case 'speaking_finished':
      return [
        state,
        [
          { type: 'unwatch', watchdog: 'voice' },
          { type: 'watch', watchdog: 'playback', afterMs: state.turn.limits.playbackMs },
        ],
      ]
    case 'playback':
      return onPlayback(state, event)
    case 'watchdog':
      return onWatchdog(state, event, atMs)
    default:
      return [state, []]
  }
}
