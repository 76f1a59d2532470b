import { type TalkMessage, talkRequestSchema } from '@mynah/shared/api/talk.ts'
import * as v from 'valibot'
import type { WebSocket } from 'ws'
import type { FakeState } from './fake-state.ts'

const spokenText = 'what time is it'
const framesToPartial = 10
/** Ids differ also when a turn before was never recorded. */
const begun = { turns: 0 }

/** The other end of `/talk/ws`: answers what is typed or said with one sentence and no sound, and records the turn. */
export const serveFakeTalk = (state: FakeState, client: WebSocket): void => {
  let sessionId = ''
  let heard = ''
  let frames = 0
  let persona: string | undefined
  let speakerName: string | undefined
  const tell = (message: TalkMessage) => client.send(JSON.stringify(message))
  const phase = (name: 'thinking' | 'speaking' | 'ended', reply: string | null) =>
    tell({ type: 'phase', session_id: sessionId, phase: name, heard, reply, error: null })
  /** Who is not the first says so. */
  const replyText = () => `${persona === undefined || persona === 'Mynah' ? '' : `${persona}: `}You said: ${heard}.`
  const answer = () => {
    phase('thinking', null)
    phase('speaking', replyText())
    tell({ type: 'end_of_reply', session_id: sessionId })
  }
  const record = (outcome: 'completed' | 'cancelled') => {
    const like = state.turns[0]
    if (like) {
      state.turns = [
        {
          ...like,
          session_id: sessionId,
          device_id: 'browser-0123456789abcdef-1',
          talked_by: 'Ada',
          speaker_name: speakerName ?? null,
          home_id: 'h-home',
          trigger: 'button',
          heard,
          reply: replyText(),
          heard_reply: replyText(),
          outcome,
        },
        ...state.turns,
      ]
    }
    phase('ended', replyText())
  }
  client.on('message', (data, isBinary) => {
    if (isBinary) {
      frames += 1
      if (frames !== framesToPartial) return
      tell({ type: 'transcript', session_id: sessionId, text: 'what ti', final: false, command: 'prefix' })
      return
    }
    const request = v.parse(talkRequestSchema, JSON.parse(String(data)))
    switch (request.type) {
      case 'start': {
        if (request.text === 'be busy') return tell({ type: 'refused', reason: 'busy' })
        begun.turns += 1
        sessionId = `talk${String(begun.turns).padStart(18, '0')}`
        frames = 0
        persona = request.persona
        speakerName = request.speaker_name
        heard = request.text ?? ''
        tell({ type: 'started', session_id: sessionId })
        if (request.text !== undefined) answer()
        return
      }
      case 'end_of_speech':
        heard = spokenText
        tell({ type: 'transcript', session_id: sessionId, text: heard, final: true, command: 'must_end' })
        return answer()
      case 'playback':
        if (request.state === 'finished') record('completed')
        return
      case 'stop':
        return record('cancelled')
    }
  })
  tell({ type: 'hello', volume: 80 })
}
