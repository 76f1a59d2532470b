import { markerOfText } from '@mynah/shared/audio/marker-tone.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { createRedundancyHistory } from '@mynah/shared/wire/audio-payload.ts'
import { createOpener, createSealer, type Datagram } from '@mynah/shared/wire/datagram.ts'
import { deriveSessionKeys, newSessionId } from '@mynah/shared/wire/session-keys.ts'
import type { DialogPhase, FromDeviceKind, FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { FrameTicker } from './frame-ticker.ts'
import { createReplyCheck } from './reply-check.ts'
import type { SpeakersTally, TurnOutcome } from './speakers-tally.ts'
import type { StreamSocket } from './stream-socket.ts'
import type { Utterance } from './utterances.ts'

/** One turn on the speaker's side: wake, sealed sound up, checks of all that comes back, its own account at the end. */
export type LightTurn = {
  readonly sessionId: string
  readonly onAck: (message: ToDeviceMessage<'wake/ack'>) => void
  readonly onTranscript: (message: ToDeviceMessage<'transcript'>) => void
  readonly onSession: (message: ToDeviceMessage<'session'>) => void
  readonly onPlay: (message: ToDeviceMessage<'play'>) => void
  readonly outcome: Promise<TurnOutcome>
  /** Gives it up: a fault was injected on purpose. */
  readonly abandon: () => void
}

export type LightTurnDeps = {
  readonly clock: Clock
  readonly secret: Uint8Array
  readonly utterance: Utterance
  readonly checksContent: boolean
  readonly address: { readonly host: string; readonly port: number }
  readonly socket: StreamSocket
  readonly ticker: FrameTicker
  readonly tally: SpeakersTally
  readonly publish: <K extends FromDeviceKind>(kind: K, message: Omit<FromDeviceMessage<K>, 'v'>) => void
  readonly onPhase: (phase: DialogPhase) => void
}

/** As a speaker does: what was heard before the wake decision goes out at once. */
const preRollFrames = 40
const framesPerBurst = 8
const frameMs = 20
const uplinkFrameSamples = 320
const endRepeats = 2
const turnLimitMs = 30_000
const noPayload = new Uint8Array(0)

export const beginTurn = (deps: LightTurnDeps): LightTurn => {
  const { clock, utterance, socket, tally, publish } = deps
  const sessionId = newSessionId()
  const { streamId, uplinkKey, downlinkKey } = deriveSessionKeys(deps.secret, sessionId)
  const sealer = createSealer({ key: uplinkKey, streamId, direction: 'uplink' })
  const opener = createOpener({ key: downlinkKey, streamId, direction: 'downlink' })
  const redundancy = createRedundancyHistory()
  const reply = createReplyCheck({ hearsMarker: deps.checksContent })
  const wokeAtMs = clock.now()
  const timers = new Set<Timer>()
  let address = deps.address
  let sent = 0
  let burstLeft = preRollFrames
  let endsSent = 0
  let leaveTicker = () => {}
  let acks = 0
  let commitAtMs: number | undefined
  let playId: string | undefined
  let replyText = ''
  let isPlaying = false
  let toldFinished = false
  let over = false
  let settle: (outcome: TurnOutcome) => void = () => {}
  const outcome = new Promise<TurnOutcome>((resolve) => {
    settle = resolve
  })

  const after = (delayMs: number, act: () => void) => void timers.add(clock.startTimer(Math.max(0, delayMs), act))
  const send = (bytes: Uint8Array) => socket.send(bytes, address)
  const finish = (how: TurnOutcome) => {
    if (over) return
    over = true
    leaveTicker()
    for (const timer of timers) timer.cancel()
    socket.end(streamId)
    tally.endTurn(how, sessionId, { sent, ...reply.counts() })
    settle(how)
  }
  const fail = (why: string) => {
    if (over) return
    tally.fault(why)
    finish('failed')
  }
  const sendFrame = () => {
    const packet = utterance.packets[sent]
    if (!packet) return
    const earlier = redundancy.before(packet)
    const mediaTime = sent * uplinkFrameSamples
    send(sealer.seal({ type: 'audio', marker: sent === 0, mediaTime, payload: packet, redundancy: earlier }))
    sent++
  }
  const sendEnd = () => {
    const tail = redundancy.latest()
    send(
      sealer.seal({
        type: 'end_of_stream',
        mediaTime: sent * uplinkFrameSamples,
        payload: noPayload,
        redundancy: tail,
      }),
    )
    if (commitAtMs === undefined) commitAtMs = clock.now()
    if (endsSent++ >= endRepeats) leaveTicker()
  }
  const tick = (nowMs: number) => {
    for (let burst = Math.min(burstLeft, framesPerBurst); burst > 0; burst--, burstLeft--) sendFrame()
    const live = Math.floor((nowMs - wokeAtMs) / frameMs)
    while (burstLeft === 0 && sent < Math.min(utterance.packets.length, preRollFrames + live)) sendFrame()
    if (sent >= utterance.packets.length) sendEnd()
  }
  const tellStarted = () => {
    if (isPlaying || playId === undefined || reply.firstAtMs() === undefined) return
    isPlaying = true
    publish('playback', { play_id: playId, session_id: sessionId, state: 'started', played_ms: 0 })
  }
  const tellFinished = () => {
    // Sound may overtake the message that says what to play; what has been played out is told as soon as it has come.
    if (over || toldFinished || playId === undefined) return
    toldFinished = true
    const playedMs = reply.counts().expected * frameMs
    publish('playback', { play_id: playId, session_id: sessionId, state: 'finished', played_ms: playedMs })
  }
  const receive = (bytes: Uint8Array, atMs: number) => {
    const opened = opener.open(bytes)
    if (!opened.ok) {
      // The end of a stream is sent three times on purpose.
      if (opened.error.code !== 'replayed') tally.foreign()
      return
    }
    const { type } = opened.value
    if (type === 'audio' || type === 'end_of_stream') takeReply(opened.value, atMs)
  }
  const takeReply = (datagram: Datagram, atMs: number) => {
    const isFirst = reply.firstAtMs() === undefined
    const { lateMs, fault } = reply.take(datagram, atMs)
    if (lateMs !== undefined) tally.late(lateMs)
    tally.readLate(clock.now() - atMs)
    if (fault !== undefined) tally.fault(fault)
    if (isFirst && reply.firstAtMs() !== undefined) {
      if (commitAtMs !== undefined) tally.firstAudio(atMs - commitAtMs)
      tellStarted()
    }
    const untilMs = reply.playedUntilMs()
    if (untilMs !== undefined) after(untilMs - clock.now(), tellFinished)
  }
  const checkContent = () => {
    if (!replyText.includes(` ${utterance.answer}.`)) tally.fault("a reply answers another speaker's question")
    const heard = reply.marker()
    if (heard !== markerOfText(replyText)) tally.foreign()
  }
  const onEnded = (error: ToDeviceMessage<'session'>['error']) => {
    if (error) return fail(`a session ended with ${error.stage}: ${error.code}`)
    if (!toldFinished) return fail('a session ended before its reply was played')
    if (deps.checksContent) checkContent()
    const { missing } = reply.counts()
    const audio = { sent, lost: missing, recovered: 0, late: 0, concealed: missing }
    publish('session_end', { session_id: sessionId, reason: 'completed', timings: {}, audio })
    deps.onPhase('idle')
    finish('completed')
  }

  socket.open(streamId, receive)
  tally.beginTurn()
  publish('wake', {
    session_id: sessionId,
    trigger: 'button',
    audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
    pre_roll_ms: preRollFrames * frameMs,
  })
  send(sealer.seal({ type: 'probe', mediaTime: 0, payload: noPayload }))
  leaveTicker = deps.ticker.add(tick)
  deps.onPhase('listening')
  after(turnLimitMs, () => fail('a turn did not end'))

  return {
    sessionId,
    outcome,
    abandon: () => finish('failed'),
    onAck: ({ accepted, reason, udp }) => {
      acks++
      if (acks > 1) return tally.fault('a wake was acknowledged twice')
      tally.acknowledged(clock.now() - wokeAtMs)
      if (!accepted) return reason === 'busy' ? finish('busy') : fail(`a wake was refused: ${reason}`)
      if (udp) address = { host: udp.host, port: udp.port }
      tally.accepted()
    },
    onTranscript: ({ text, final }) => {
      if (final && deps.checksContent && text !== utterance.sentence)
        tally.fault('a transcript is not what its speaker said')
    },
    onSession: ({ phase, reply_text: text, error }) => {
      replyText = text ?? replyText
      if (phase === 'ended') onEnded(error)
      else if (phase === 'speaking') deps.onPhase('speaking')
    },
    onPlay: ({ play_id, source }) => {
      if (source.type !== 'stream') return fail(`a reply came by ${source.type}`)
      playId = play_id
      tellStarted()
      const untilMs = reply.playedUntilMs()
      if (untilMs !== undefined) after(untilMs - clock.now(), tellFinished)
    },
  }
}
