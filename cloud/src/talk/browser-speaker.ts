import type { TalkMessage, TalkRequest } from '@mynah/shared/api/talk.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import type { FromDeviceKind, FromDeviceMessage, Language, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { SentMessage } from '../live/observed-broker.ts'
import { createSealedSound, type SealedSound } from './sealed-sound.ts'
import { type TalkMoments, talkAudioOf, talkTimingsOf } from './talk-turn.ts'

export type BrowserSpeakerDeps = {
  readonly clock: Clock
  readonly deviceId: string
  /** 32 bytes, known to nobody else and gone with the connection. */
  readonly secret: Uint8Array
  /** What a speaker would publish. */
  readonly emit: <K extends FromDeviceKind>(kind: K, message: FromDeviceMessage<K>) => void
  /** A sealed datagram for the audio plane. */
  readonly sendDatagram: (datagram: Uint8Array) => void
  readonly tell: (message: TalkMessage) => void
  readonly playFrame: (frame: Uint8Array) => void
}

/** `language` is that of the panel, or of the persona. */
export type Described = { readonly language: Language; readonly persona?: string; readonly name?: string }

/** A browser that is a speaker: what a device does for itself is done here for it. */
export type BrowserSpeaker = {
  /** What the person has said of this browser with the last turn. */
  readonly described: () => Described
  readonly volume: () => number
  readonly isTalking: () => boolean
  readonly request: (request: TalkRequest) => void
  /** A frame of the microphone; false when it is none of the declared codec. One that belongs to no turn is dropped. */
  readonly hear: (frame: Uint8Array) => boolean
  readonly receiveDatagram: (datagram: Uint8Array) => void
  /** What the cloud publishes to this speaker. */
  readonly take: (sent: SentMessage) => void
  /** The connection is gone: a turn under way ends. */
  readonly close: () => void
}

type Start = Extract<TalkRequest, { type: 'start' }>
type Playback = Extract<TalkRequest, { type: 'playback' }>
type Reason = FromDeviceMessage<'session_end'>['reason']
type Session = ToDeviceMessage<'session'>

type Turn = {
  readonly sessionId: string
  readonly start: Start
  moments: Omit<TalkMoments, 'endMs'>
  sound: SealedSound | undefined
  /** Frames and the end that came before the session was open. */
  early: Uint8Array[]
  playId: string | undefined
  /** Reported before the cloud named what is played. */
  unnamed: Playback[]
  isInterrupted: boolean
}

const firstVolume = 80
/** Three seconds: the session opens in milliseconds, or is refused in two seconds. */
const maxEarlyFrames = 150

export const createBrowserSpeaker = (deps: BrowserSpeakerDeps): BrowserSpeaker => {
  const { clock, emit, tell, secret } = deps
  let volume = firstVolume
  let turn: Turn | undefined
  let described: Described = { language: 'en' }

  const mark = (moment: keyof Omit<TalkMoments, 'startMs' | 'endMs' | 'silenceMs'>) => {
    if (turn && turn.moments[moment] === undefined) turn.moments = { ...turn.moments, [moment]: clock.now() }
  }
  const tellPhase = (phase: 'thinking' | 'speaking' | 'ended', sessionId: string, session?: Session) =>
    tell({
      type: 'phase',
      session_id: sessionId,
      phase,
      heard: session?.heard_text ?? null,
      reply: session?.reply_text ?? null,
      error: session?.error ? { stage: session.error.stage, code: session.error.code } : null,
    })
  const end = (reason: Reason) => {
    if (!turn) return
    const { sessionId, moments, sound } = turn
    turn = undefined
    emit('session_end', {
      v: 1,
      session_id: sessionId,
      reason,
      timings: talkTimingsOf({ ...moments, endMs: clock.now() }),
      audio: talkAudioOf(sound?.framesSent() ?? 0),
    })
  }
  const start = (request: Start) => {
    end('barge_in')
    const sessionId = newSessionId()
    const isTyped = request.text !== undefined
    const { language, persona, speaker_name: name } = request
    described = { language, ...(persona !== undefined && { persona }), ...(name !== undefined && { name }) }
    const startMs = clock.now()
    turn = {
      sessionId,
      start: request,
      moments: { startMs, ...(isTyped && { commitMs: startMs }) },
      sound: undefined,
      early: [],
      playId: undefined,
      unnamed: [],
      isInterrupted: false,
    }
    emit('wake', {
      v: 1,
      session_id: sessionId,
      // Not `wake_word`: a browser does not compete with the speakers of the home for who answers.
      trigger: isTyped ? 'text' : 'button',
      ...(request.text !== undefined && { text: request.text }),
      language: request.language,
      audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
      pre_roll_ms: 0,
      ...(request.previous_session_id !== undefined && { previous_session_id: request.previous_session_id }),
    })
  }
  const commit = (silenceMs?: number) => {
    if (!turn || turn.moments.commitMs !== undefined) return
    mark('commitMs')
    if (silenceMs !== undefined) turn.moments = { ...turn.moments, silenceMs }
    turn.sound?.endOfSpeech()
  }
  const report = (playback: Playback) => {
    if (!turn) return
    const { sessionId, playId } = turn
    if (playback.state === 'started') mark('firstSoundMs')
    if (playback.state === 'interrupted') turn.isInterrupted = true
    if (playId === undefined) {
      if (turn.unnamed.length < 4) turn.unnamed.push(playback)
      return
    }
    const { state, played_ms } = playback
    emit('playback', { v: 1, play_id: playId, session_id: sessionId, state, played_ms })
  }

  const onAcknowledged = (ack: ToDeviceMessage<'wake/ack'>) => {
    if (!turn || turn.sessionId !== ack.session_id || turn.sound) return
    if (!ack.accepted) {
      turn = undefined
      return tell({ type: 'refused', reason: ack.reason ?? 'busy' })
    }
    mark('acknowledgedMs')
    const { sessionId, start: request, early } = turn
    const sound = createSealedSound({
      secret,
      sessionId,
      up: request.up,
      down: request.down,
      send: deps.sendDatagram,
      onFrame: deps.playFrame,
      onEnd: () => tell({ type: 'end_of_reply', session_id: sessionId }),
    })
    turn.sound = sound
    tell({ type: 'started', session_id: sessionId })
    for (const frame of early) sound.hear(frame)
    turn.early = []
    if (request.text === undefined && turn.moments.commitMs !== undefined) sound.endOfSpeech()
  }
  const onSession = (message: Session) => {
    if (turn?.sessionId !== message.session_id) return
    if (message.phase === 'thinking' && message.stop_capture) mark('commitMs')
    if (message.phase === 'thinking' || message.phase === 'speaking') {
      return tellPhase(message.phase, message.session_id, message)
    }
    const { isInterrupted } = turn
    end(message.error ? 'failed' : isInterrupted ? 'barge_in' : 'completed')
    tellPhase('ended', message.session_id, message)
  }
  const onPlay = ({ play_id, session_id, source }: ToDeviceMessage<'play'>) => {
    if (!turn || turn.sessionId !== session_id) return
    // What is no sound of the stream cannot be played here; the session then ends, with what failed.
    if (source.type === 'phrase') return
    turn.playId = play_id
    if (source.type === 'url') return report({ type: 'playback', state: 'failed', played_ms: 0 })
    const held = turn.unnamed
    turn.unnamed = []
    held.forEach(report)
  }
  const onTranscript = ({ session_id, text, final, command = 'none' }: ToDeviceMessage<'transcript'>) => {
    if (turn?.sessionId !== session_id) return
    mark('firstPartialMs')
    tell({ type: 'transcript', session_id, text, final, command })
  }
  const onCommand = ({ command }: ToDeviceMessage<'command'>) => {
    if (command.type !== 'set_volume') return
    volume = command.volume
    tell({ type: 'volume', volume })
  }
  return {
    described: () => described,
    volume: () => volume,
    isTalking: () => turn !== undefined,
    request: (request) => {
      switch (request.type) {
        case 'start':
          return start(request)
        case 'end_of_speech':
          return commit(request.silence_ms)
        case 'playback':
          return report(request)
        case 'stop': {
          const stopped = turn?.sessionId
          end('cancelled')
          if (stopped !== undefined) tellPhase('ended', stopped)
        }
      }
    },
    hear: (frame) => {
      if (!turn || turn.moments.commitMs !== undefined) return true
      if (turn.sound) return turn.sound.hear(frame)
      if (turn.early.length < maxEarlyFrames) turn.early.push(frame)
      return true
    },
    receiveDatagram: (datagram) => turn?.sound?.receive(datagram),
    take: ({ kind, message }) => {
      switch (kind) {
        case 'wake/ack':
          return onAcknowledged(message)
        case 'transcript':
          return onTranscript(message)
        case 'session':
          return onSession(message)
        case 'play':
          return onPlay(message)
        case 'command':
          return onCommand(message)
        default:
          // Configuration, schedule and address are for speakers that keep something.
          return
      }
    },
    close: () => end('link_lost'),
  }
}
