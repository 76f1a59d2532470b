import type { House } from './house.ts'
import type { Received, ScriptedCloud } from './scripted-cloud.ts'

/** A cloud that answers whatever was said with a tone: `frames` of 20 ms, half a second unless told. */
export const answers =
  (more: { readonly expectsReply?: boolean; readonly frames?: number; readonly plays?: boolean } = {}) =>
  ({ kind, message }: Received, cloud: ScriptedCloud) => {
    if (kind === 'playback' && message.state === 'finished' && message.session_id) {
      cloud.send('session', { session_id: message.session_id, phase: more.expectsReply ? 'expecting' : 'ended' })
    }
    if (kind !== 'wake') return
    const { session_id } = message
    cloud.onEndOfStream(session_id, async () => {
      cloud.send('session', { session_id, phase: 'thinking', stop_capture: true, timings: { stt_final: 12 } })
      cloud.send('play', { play_id: 'reply', session_id, source: { type: 'stream' }, kind: 'reply' })
      cloud.send('session', { session_id, phase: 'speaking', reply_text: 'It is eight.' })
      await cloud.speak(session_id, more.frames ?? 25)
    })
  }

/** Two seconds of quiet, the wake word, and 0.9 s of speech. */
export const askTime = (house: House): void => {
  house.silenceFor(2_000)
  house.wake()
  house.silenceFor(300)
  house.speech(900)
}

export const isSilent = (frame: Int16Array | undefined): boolean => frame?.every((sample) => sample === 0) ?? true
