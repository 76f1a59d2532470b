import { endByCloud, failWithPhrase, publishSession } from './endings.ts'
import { fromThinking } from './from-thinking.ts'
import { onPartial } from './partial.ts'
import { apologise, withFirstPacket } from './reply.ts'
import type { Effect, SessionEvent, SessionState, Step, Turn } from './state.ts'

const stopCapture = (turn: Turn, atMs: number, before: readonly Effect[] = []): Step => [
  { phase: 'thinking', turn: { ...turn, endOfAudioAtMs: atMs } },
  [
    { type: 'unwatch', watchdog: 'capture' },
    ...before,
    publishSession(turn, 'thinking', { stop_capture: true }),
    { type: 'watch', watchdog: 'final', afterMs: turn.limits.finalMs },
  ],
]

export const fromListening = (
  state: Extract<SessionState, { phase: 'listening' }>,
  event: SessionEvent,
  atMs: number,
): Step => {
  const { turn } = state
  switch (event.type) {
    case 'first_packet':
      return [{ ...state, turn: withFirstPacket(turn, event.atMs) }, []]
    case 'partial': {
      const [next, effects] = onPartial(turn, event.text, atMs)
      return [{ ...state, turn: next }, effects]
    }
    case 'end_of_audio':
      return stopCapture(turn, event.atMs)
    case 'final': {
      if (event.falseWake) return endByCloud(turn, 'no_speech', [{ type: 'unwatch', watchdog: 'capture' }])
      const [thinking, stopped] = stopCapture(turn, atMs - event.waitedMs)
      if (thinking.phase !== 'thinking') return [thinking, stopped]
      const [next, effects] = fromThinking(thinking, event, atMs)
      return [next, [...stopped, ...effects]]
    }
    case 'link_lost':
      return failWithPhrase(turn, { stage: 'link', code: 'link_lost' }, 'link_lost')
    case 'failed': {
      const [thinking, stopped] = stopCapture(turn, atMs)
      const [next, effects] = apologise(thinking.turn, { stage: event.stage, code: event.code }, atMs)
      return [{ phase: 'thinking', turn: next }, [...stopped, ...effects, { type: 'unwatch', watchdog: 'final' }]]
    }
    case 'watchdog':
      if (event.watchdog !== 'capture') return [state, []]
      return stopCapture(turn, atMs, [
        { type: 'command_audio', command: { type: 'stop_listening', sessionId: turn.sessionId } },
      ])
    default:
      return [state, []]
  }
}
