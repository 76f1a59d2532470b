import type { Clock } from '@mynah/shared/time/clock.ts'
import { deriveSessionKeys } from '@mynah/shared/wire/session-keys.ts'
import type { AudioStats, Language, ToDeviceMessage, TurnTimings } from '@mynah/shared/wire/topics.ts'
import type { Capture } from '../audio/capture.ts'
import { createPcmSource } from '../audio/pcm-source.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import type { DialogEffect, ReplySource, WokenBy } from '../dialog/dialog-effect.ts'
import type { DialogEvent } from '../dialog/dialog-event.ts'
import type { Turn } from '../dialog/dialog-state.ts'
import type { TurnActions } from '../dialog/shell.ts'
import type { ControlLink } from '../link/control-link.ts'
import type { AudioPath } from '../link/path.ts'
import type { Ears } from './ears.ts'
import type { LocalAnswers } from './local-answers.ts'
import type { PlayOrder, Sound, Sounds } from './sounds.ts'
import type { SpeakerEvent } from './speaker-event.ts'
import { type TurnMoments, timingsOf } from './turn-record.ts'
import { listeningFromMs, startSampleOf, wakeIn, wakeMessageOf } from './turn-start.ts'
import { createTurnStream, type TurnStream } from './turn-stream.ts'
import { createUtterance } from './utterance.ts'

export type CurrentTurnDeps = {
  readonly clock: Clock
  readonly deviceSecret: Uint8Array
  readonly link: Pick<ControlLink, 'publish'>
  readonly path: AudioPath
  readonly capture: Pick<Capture, 'since' | 'nextSample' | 'clockTimeOf'>
  readonly ears: () => Ears
  readonly sounds: Sounds
  readonly language: () => Language
  /** Absent where nothing is understood without the cloud. */
  readonly localAnswers?: LocalAnswers
  readonly tell: (event: DialogEvent) => void
  readonly onUnexpected: (error: unknown) => void
  readonly emit: (event: SpeakerEvent) => void
}

/** The turn that runs: its stream, its reply, its clock. At most one at a time. */
export type CurrentTurn = TurnActions & {
  readonly hear: (frame: Int16Array) => void
  readonly receive: (datagram: Uint8Array) => void
  readonly acknowledged: (ack: ToDeviceMessage<'wake/ack'>) => void
  readonly transcribed: (message: ToDeviceMessage<'transcript'>) => void
  readonly sessionChanged: (message: ToDeviceMessage<'session'>) => void
  /** The speech ended at this sample; decided just now. */
  readonly speechEnded: (endOfSpeechSample: number) => void
}

const samplesPerMs = captureSampleRateHz / 1000

type Reply = { readonly sound: Sound; playId: string | undefined; started: boolean }
type Running = {
  readonly turn: Turn
  readonly wokenBy: WokenBy
  /** Absent while the speaker itself answers. */
  stream: TurnStream | undefined
  readonly over: AbortController
  localSound: Int16Array | undefined
  moments: TurnMoments
  engine: TurnTimings
  reply: Reply | undefined
  replyText: string
}

const noStream: AudioStats = { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 }

const sourceOf = (source: ReplySource, { stream, localSound }: Running): PlayOrder['source'] => {
  if (source.type === 'url') return source
  if (source.type === 'stream' && stream) return stream.reply
  return createPcmSource(localSound ?? new Int16Array())
}

export const createCurrentTurn = (deps: CurrentTurnDeps): CurrentTurn => {
  const { clock, emit, tell, link, capture } = deps
  let running: Running | undefined
  const utterance = createUtterance()

  const mark = (moment: keyof TurnMoments, atMs = clock.now()) => {
    if (running && running.moments[moment] === undefined) running.moments = { ...running.moments, [moment]: atMs }
    return atMs
  }
  const streamOf = (sessionId: string) =>
    createTurnStream({
      clock,
      path: deps.path,
      keys: deriveSessionKeys(deps.deviceSecret, sessionId),
      onFirstPacket: () => emit({ type: 'first_packet_sent', sessionId, atMs: mark('firstPacket') }),
      onEndOfStreamSent: () => emit({ type: 'end_of_stream_sent', sessionId, atMs: mark('commit') }),
      onFirstReplyFrame: () => tell({ type: 'reply_arrived', sessionId }),
      onLost: () => tell({ type: 'link_lost', sessionId }),
    })
  const publishWake = (turn: Turn, wokenBy: WokenBy) => {
    const start = { turn, wokenBy, nextSample: capture.nextSample(), language: deps.language() }
    link.publish('wake', wakeMessageOf(start), 'now_or_never')
  }
  const open = ({ turn, wokenBy }: Extract<DialogEffect, { type: 'open_turn' }>) => {
    const { sessionId, trigger, previousSessionId, by } = turn
    const stream = by === 'cloud' ? streamOf(sessionId) : undefined
    if (by === 'cloud') publishWake(turn, wokenBy)
    else deps.localAnswers?.prepare()
    running = {
      turn,
      wokenBy,
      stream,
      over: new AbortController(),
      localSound: undefined,
      moments: { wake: wokenBy.atMs },
      engine: {},
      reply: undefined,
      replyText: '',
    }
    if (wokenBy.type === 'wake_word') {
      const { word, score, atSample, atMs } = wokenBy
      emit({ type: 'wake_detected', sessionId, word, score, atSample, atMs })
    }
    const previous = previousSessionId ? { previousSessionId } : {}
    emit({ type: 'turn_started', sessionId, trigger, ...previous, by, atMs: clock.now() })
  }
  const startCapture = () => {
    if (!running) return
    const { wokenBy, stream } = running
    const nextSample = capture.nextSample()
    const { startSample, samples } = capture.since(startSampleOf(wokenBy, nextSample))
    if (deps.localAnswers) utterance.begin(samples, wakeIn(wokenBy, startSample))
    stream?.startCapture(samples)
    if (wokenBy.type === 'speech') deps.ears().continueFollowUp()
    else deps.ears().openTurn(listeningFromMs(wokenBy, nextSample))
  }
  const stopCapture = () => {
    deps.ears().rest()
    utterance.finish()
    running?.stream?.stopCapture()
  }
  const report = (state: 'started' | 'finished' | 'interrupted' | 'failed', playedMs: number) => {
    if (!running?.reply) return
    const { turn, reply } = running
    const { sessionId } = turn
    if (!reply.playId) return
    const { playId } = reply
    link.publish('playback', { play_id: playId, session_id: sessionId, state, played_ms: playedMs })
    emit({ type: 'playback', playId, sessionId, state, playedMs, atMs: clock.now() })
  }
  const playReply = ({ sessionId, source, playId }: Extract<DialogEffect, { type: 'play_reply' }>) => {
    const current = running
    if (!current) return
    const sound = deps.sounds.play({
      kind: 'reply',
      source: sourceOf(source, current),
      onFirstSample: () => emit({ type: 'first_reply_sample', sessionId, atMs: mark('firstReplySample') }),
      report: ({ state, playedMs, failure }) => {
        // A sound that outlives its turn (its fade, a late download) has nobody to report to.
        if (running !== current) return
        if (state === 'started' && current.reply) current.reply.started = true
        report(state, playedMs)
        if (state === 'finished') tell({ type: 'playback_finished', sessionId })
        if (state === 'failed') {
          tell({ type: 'playback_failed', sessionId, failure: failure ?? { stage: 'playback', code: 'failed' } })
        }
      },
    })
    current.reply = { sound, playId, started: false }
  }
  const isCurrent = (sessionId: string): Running | undefined =>
    running?.turn.sessionId === sessionId ? running : undefined
  const takeOver = ({ sessionId, reason }: Extract<DialogEffect, { type: 'take_over' }>) => {
    const current = isCurrent(sessionId)
    if (!current?.stream) return
    // The cloud may be there after all and only late: it must not answer too.
    const timings = timingsOf(current.moments, current.engine)
    link.publish('session_end', { session_id: sessionId, reason, timings, audio: current.stream.stats() })
    current.stream.close()
    current.stream = undefined
    deps.localAnswers?.prepare()
    emit({ type: 'turn_taken_over', sessionId, atMs: clock.now() })
  }
  const answerNow = async (current: Running, answers: LocalAnswers, tellAway: boolean) => {
    const { turn, wokenBy } = current
    const { sessionId } = turn
    const said = wokenBy.type === 'text' ? ({ type: 'text', text: wokenBy.text } as const) : utterance.said()
    utterance.forget()
    const answer = await answers.answer({ said, tellAway }, current.over.signal)
    if (running !== current) return
    if (!answer.ok) {
      const { code, message } = answer.error
      return tell({
        type: 'failed_locally',
        sessionId,
        failure: { stage: 'local', code, message: message.slice(0, 200) },
      })
    }
    const { understood, heard, sentences, sound, expectsReply } = answer.value
    const text = sentences.join(' ')
    emit({ type: 'transcript', sessionId, text: heard, final: true, atMs: mark('firstPartial') })
    if (text !== '') emit({ type: 'reply_text', sessionId, text, atMs: clock.now() })
    current.localSound = sound
    const spoken = sound !== undefined && sound.length > 0
    tell({ type: 'answered_locally', sessionId, understood, spoken, expectsReply, tellAway })
  }
  const answerLocally = ({ sessionId, tellAway }: Extract<DialogEffect, { type: 'answer_locally' }>) => {
    const current = isCurrent(sessionId)
    if (!current) return
    mark('commit')
    if (deps.localAnswers) answerNow(current, deps.localAnswers, tellAway).catch(deps.onUnexpected)
  }
  const end = ({ sessionId, reason, failure }: Extract<DialogEffect, { type: 'end_turn' }>) => {
    const ended = running
    if (!ended || ended.turn.sessionId !== sessionId) return
    const atMs = mark('ended')
    ended.stream?.close()
    ended.over.abort()
    utterance.forget()
    const timings = timingsOf(ended.moments, ended.engine)
    const audio = ended.stream?.stats() ?? noStream
    running = undefined
    // Of what the speaker did by itself the cloud knows nothing and needs to know nothing.
    if (ended.stream) link.publish('session_end', { session_id: sessionId, reason, timings, audio })
    emit({ type: 'turn_ended', sessionId, reason, timings, audio, ...(failure ? { failure } : {}), atMs })
  }
  return {
    open,
    startCapture,
    stopCapture,
    playReply,
    nameReply: (playId) => {
      if (!running?.reply || running.reply.playId) return
      running.reply.playId = playId
      if (running.reply.started) report('started', 0)
    },
    takeOver,
    answerLocally,
    stopReply: () => running?.reply?.sound.stop(),
    end,
    hear: (frame) => {
      utterance.hear(frame)
      running?.stream?.hear(frame)
    },
    receive: (datagram) => running?.stream?.receive(datagram),
    acknowledged: (ack) => {
      const { session_id: sessionId, accepted, reason } = ack
      const current = isCurrent(sessionId)
      if (!current) return
      const atMs = mark('acknowledged')
      emit({ type: 'session_acknowledged', sessionId, accepted, ...(reason ? { reason } : {}), atMs })
      if (ack.downlink) current.stream?.setDownlinkRate(ack.downlink.sample_rate_hz)
    },
    transcribed: ({ session_id: sessionId, text, final, command }) => {
      if (!isCurrent(sessionId)) return
      const atMs = text === '' ? clock.now() : mark('firstPartial')
      emit({
        type: 'transcript',
        sessionId,
        text,
        final,
        ...(command ? { command } : {}),
        atMs: Math.max(atMs, clock.now()),
      })
      if (command) deps.ears().hint(command, capture.nextSample() / samplesPerMs)
    },
    sessionChanged: ({ session_id: sessionId, timings, reply_text: text }) => {
      const current = isCurrent(sessionId)
      if (!current) return
      if (timings) current.engine = { ...current.engine, ...timings }
      if (text === undefined || text === current.replyText) return
      current.replyText = text
      emit({ type: 'reply_text', sessionId, text, atMs: clock.now() })
    },
    speechEnded: (endOfSpeechSample) => {
      if (!running) return
      const { sessionId } = running.turn
      const endOfSpeechAtMs = mark('endOfSpeech', capture.clockTimeOf(endOfSpeechSample))
      emit({ type: 'speech_end_detected', sessionId, endOfSpeechSample, endOfSpeechAtMs, atMs: clock.now() })
    },
  }
}
