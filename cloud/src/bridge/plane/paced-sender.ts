import { createOpusEncoder, type OpusComplexity, type OpusEncoder, opusFrameMs } from '@mynah/shared/audio/opus.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createRedundancyHistory } from '@mynah/shared/wire/audio-payload.ts'
import type { Outgoing } from '@mynah/shared/wire/datagram.ts'
import type { PacingWheel } from './pacing-wheel.ts'

/** 20 ms of a reply, with what to tell when it leaves. */
export type ReplyFrame = {
  readonly pcm: Int16Array
  /** Called right after the frame was handed to the network. */
  readonly onSent?: () => void
}

export type PacedSender = {
  readonly push: (frame: ReplyFrame) => void
  /** Milliseconds of sound that wait. */
  readonly queuedMs: () => number
  readonly sentMs: () => number
  /** No more frames: the end of the stream follows the last one, three times, for it must not be lost. */
  readonly end: (onEnded: () => void) => void
  /** Drops what waits and ends the stream; at most the frame under way was still sent. */
  readonly stop: () => void
  readonly close: () => void
}

type SenderDeps = {
  readonly clock: Clock
  readonly wheel: PacingWheel
  readonly sampleRateHz: 16_000 | 24_000
  readonly bitrateBps: number
  readonly leadMs: number
  /** Seals and sends. */
  readonly send: (outgoing: Outgoing) => void
  /** The worker is late with its work. */
  readonly isHurried: () => boolean
  /** Sound has left: there is room for more. */
  readonly onDrained: () => void
}

/** A third of the work (80 instead of 220 us a frame), and for speech at this rate the spectrum differs by 0.2 dB. */
const complexityInHurry: OpusComplexity = 0
const complexityInTime: OpusComplexity = 5
const endRepeats = 3
const noPayload = new Uint8Array(0)

/**
 * Sends the frames of one reply on an absolute clock. Frame n of a talk spurt that starts at `base` is due at
 * base + (n + 1) * 20 ms - lead: with a lead of 200 ms the first ten leave at once and the speaker always holds 200 ms. When the
 * voice is so late that the speaker has run dry, a new talk spurt begins with a new base; the media time goes on without a hole.
 */
export const createPacedSender = (deps: SenderDeps): PacedSender => {
  const { clock, wheel, leadMs } = deps
  const frameSamples = (deps.sampleRateHz * opusFrameMs) / 1_000
  let encoder: OpusEncoder | undefined
  let complexity: OpusComplexity | undefined
  let queue: ReplyFrame[] = []
  let sent = 0
  let baseMs: number | undefined
  const redundancy = createRedundancyHistory()
  let onEnded: (() => void) | undefined
  let endsLeft = 0
  let over = false
  let leaveWheel: (() => void) | undefined

  const joinWheel = () => {
    leaveWheel?.()
    leaveWheel = wheel.add(pump)
  }
  const rest = () => {
    leaveWheel?.()
    leaveWheel = undefined
  }
  /** Starts a talk spurt when there is none, or when the speaker has played all it had; true for the first frame of one. */
  const startSpurt = (nowMs: number): boolean => {
    if (baseMs !== undefined && nowMs <= baseMs + sent * opusFrameMs) return false
    baseMs = nowMs - sent * opusFrameMs
    joinWheel()
    return true
  }
  const encode = (pcm: Int16Array): Uint8Array => {
    const wanted = deps.isHurried() ? complexityInHurry : complexityInTime
    encoder ??= createOpusEncoder({
      sampleRateHz: deps.sampleRateHz,
      bitrateBps: deps.bitrateBps,
      complexity: wanted,
    })
    if (wanted !== complexity) encoder.setComplexity(wanted)
    complexity = wanted
    return encoder.encode(pcm)
  }
  const sendFrame = (frame: ReplyFrame, marker: boolean) => {
    const payload = encode(frame.pcm)
    const earlier = redundancy.before(payload)
    deps.send({ type: 'audio', marker, mediaTime: sent * frameSamples, payload, redundancy: earlier })
    sent++
    frame.onSent?.()
  }
  const sendEnd = () => {
    // The last frames have no packet after them that would carry them again.
    const tail = redundancy.latest()
    deps.send({ type: 'end_of_stream', mediaTime: sent * frameSamples, payload: noPayload, redundancy: tail })
    endsLeft--
    if (endsLeft === 0) rest()
  }
  const isDue = (nowMs: number) => baseMs === undefined || baseMs + (sent + 1) * opusFrameMs - leadMs <= nowMs
  const sendDue = (nowMs: number) => {
    while (queue.length > 0) {
      const marker = startSpurt(nowMs)
      if (!isDue(nowMs)) return
      const frame = queue.shift()
      if (frame) sendFrame(frame, marker)
    }
  }
  const beginEnd = () => {
    const ended = onEnded
    onEnded = undefined
    over = true
    endsLeft = endRepeats
    joinWheel()
    sendEnd()
    ended?.()
  }
  const pump = (nowMs: number) => {
    if (endsLeft > 0) {
      sendEnd()
      return
    }
    const before = sent
    sendDue(nowMs)
    if (queue.length === 0 && onEnded) beginEnd()
    if (sent > before) deps.onDrained()
  }
  return {
    push: (frame) => {
      if (over) return
      queue.push(frame)
      pump(clock.now())
    },
    queuedMs: () => queue.length * opusFrameMs,
    sentMs: () => sent * opusFrameMs,
    end: (callback) => {
      if (over) return
      onEnded = callback
      pump(clock.now())
    },
    stop: () => {
      queue = []
      onEnded = undefined
      if (over) return
      over = true
      if (sent > 0) beginEnd()
      else rest()
    },
    close: () => {
      over = true
      queue = []
      onEnded = undefined
      rest()
    },
  }
}
