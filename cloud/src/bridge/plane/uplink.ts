import { createJitterBuffer } from '@mynah/shared/audio/jitter-buffer.ts'
import { createOpusDecoder } from '@mynah/shared/audio/opus.ts'
import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Datagram } from '@mynah/shared/wire/datagram.ts'
import { type SpeechToText, StageError, type Transcript } from '../../providers/stages.ts'
import type { AudioEvent, OpenStream } from '../audio-plane.ts'
import type { UplinkStats } from '../session/ports.ts'
import type { PacingWheel } from './pacing-wheel.ts'
import type { PlaneLimits } from './plane-limits.ts'

export type Uplink = {
  /** An authenticated audio or end-of-stream datagram. */
  readonly receive: (datagram: Datagram) => void
  /** Any authenticated datagram: the speaker is there. */
  readonly noteAlive: () => void
  readonly stopListening: () => void
  readonly stats: () => UplinkStats
  readonly close: () => void
}

export type UplinkDeps = {
  readonly clock: Clock
  readonly wheel: PacingWheel
  readonly stt: SpeechToText
  readonly stream: OpenStream
  readonly limits: PlaneLimits
  readonly emit: (event: AudioEvent) => void
  /** Each frame of the microphone in order; undefined for one that was lost. */
  readonly onHeard?: (frame: Uint8Array | undefined) => void
}

const sampleRateHz = 16_000
const bufferMs = 2_000

const asStageError = (error: unknown): StageError =>
  error instanceof StageError ? error : new StageError('stt', 'crashed', 'the recogniser failed', { cause: error })

/** The way up of one stream: datagrams in any order to PCM in order, holes concealed, into the recogniser as they come. */
export const createUplink = (deps: UplinkDeps): Uplink => {
  const { clock, stream, limits, emit } = deps
  const { sessionId } = stream
  const buffer = createJitterBuffer({
    mode: 'reorder',
    frameMs: opusFrameMs,
    targetMs: 0,
    maxMs: bufferMs,
    sampleRateHz,
    reorderWaitMs: limits.reorderWaitMs,
  })
  const decoder = createOpusDecoder({ sampleRateHz })
  const pcm = createChannel<Int16Array>({ capacity: limits.maxUnheardMs / opusFrameMs, overflow: 'refuse' })
  const controller = new AbortController()
  const { signal } = controller
  let listening = stream.listens
  let heardMs = 0
  let lastAliveMs = clock.now()
  let endedAtMs: number | undefined
  let finalSent = false

  const leaveWheel = listening ? deps.wheel.add((nowMs) => tick(nowMs)) : () => {}

  const stop = () => {
    listening = false
    leaveWheel()
  }
  const fail = (error: StageError) => {
    if (signal.aborted || finalSent) return
    stop()
    controller.abort()
    pcm.end()
    emit({ type: 'failed', sessionId, stage: 'stt', code: error.code, message: error.message })
  }
  const endAudio = (atMs: number) => {
    if (!listening) return
    stop()
    endedAtMs ??= atMs
    emit({ type: 'end_of_audio', sessionId, atMs: endedAtMs })
    pcm.end()
  }
  const hear = (samples: Int16Array) => {
    heardMs += opusFrameMs
    if (!pcm.push(samples)) {
      fail(new StageError('stt', 'timeout', `the recogniser is more than ${limits.maxUnheardMs} ms behind`))
    }
  }
  const hearPacket = (packet: Uint8Array) => {
    const decoded = decoder.decode(packet)
    deps.onHeard?.(decoded.ok ? packet : undefined)
    hear(decoded.ok ? decoded.value : decoder.conceal())
  }
  const hearNothing = () => {
    deps.onHeard?.(undefined)
    hear(decoder.conceal())
  }
  const drain = (nowMs: number) => {
    while (listening) {
      const next = buffer.pop(nowMs)
      if (next.type === 'wait') return
      if (next.type === 'frame') hearPacket(next.frame)
      if (next.type === 'conceal') hearNothing()
      if (next.type === 'finished' || heardMs >= limits.maxAudioMs) endAudio(nowMs)
    }
  }
  const tick = (nowMs: number) => {
    drain(nowMs)
    if (!listening || nowMs - lastAliveMs < limits.idleMs) return
    stop()
    controller.abort()
    pcm.end()
    emit({ type: 'link_lost', sessionId })
  }
  const receive = (datagram: Datagram) => {
    if (!listening) return
    const nowMs = clock.now()
    const { sequence, mediaTime, payload: frame, redundancy } = datagram
    if (datagram.type === 'end_of_stream') {
      endedAtMs ??= nowMs
      buffer.end(sequence - 1, nowMs, { mediaTime, ...(redundancy && { redundancy }) })
    } else {
      // Whole literals: a spread costs as much as the buffer itself.
      buffer.push(redundancy ? { sequence, mediaTime, frame, redundancy } : { sequence, mediaTime, frame }, nowMs)
    }
    drain(nowMs)
  }
  const onTranscript = ({ text, final, outOfGrammar, falseWake, confidence, computeMs }: Transcript) => {
    if (!final) {
      emit({ type: 'partial', sessionId, text })
      return
    }
    finalSent = true
    stop()
    emit({
      type: 'final',
      sessionId,
      text,
      outOfGrammar: outOfGrammar ?? false,
      ...(falseWake ? { falseWake } : {}),
      waitedMs: endedAtMs === undefined ? 0 : clock.now() - endedAtMs,
      ...(confidence !== undefined ? { confidence } : {}),
      ...(computeMs !== undefined ? { computeMs } : {}),
    })
  }
  const listen = async () => {
    const request = {
      language: stream.language,
      sampleRateHz,
      ...(stream.jsgf ? { jsgf: stream.jsgf } : {}),
      ...(stream.wake ? { wake: stream.wake } : {}),
    } as const
    for await (const transcript of deps.stt.transcribe(pcm, request, signal)) {
      if (signal.aborted) return
      if (!finalSent) onTranscript(transcript)
    }
    if (!finalSent) fail(new StageError('stt', 'bad_reply', 'the recogniser ended without a final'))
  }
  if (listening) listen().catch((error: unknown) => fail(asStageError(error)))

  return {
    receive,
    noteAlive: () => {
      lastAliveMs = clock.now()
    },
    stopListening: () => {
      drain(clock.now())
      endAudio(clock.now())
    },
    stats: () => {
      const { received, lost, recovered, late, duplicate } = buffer.stats()
      return { received, lost, recovered, late, duplicate }
    },
    close: () => {
      stop()
      controller.abort()
      pcm.end()
    },
  }
}
