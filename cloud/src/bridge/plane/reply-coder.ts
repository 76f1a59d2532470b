import { createOpusEncoder, type OpusComplexity, type OpusEncoder } from '@mynah/shared/audio/opus.ts'
import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ReplyEvents, ReplyPacer } from './reply-pacer.ts'

/** 20 ms of a reply, with what to tell when it has left. */
export type ReplyFrame = (PlainFrame | { readonly packet: Uint8Array }) & { readonly onSent?: (atMs: number) => void }

type PlainFrame = {
  readonly pcm: Int16Array
  /** Coded as if nothing had been before it, so that its packets make sense in another reply too. */
  readonly isBeginning?: boolean
  readonly onCoded?: (packet: Uint8Array) => void
}

/** The way of a reply's sound to its speaker. */
export type ReplySender = {
  readonly push: (frame: ReplyFrame) => void
  /** Milliseconds of sound that wait. */
  readonly queuedMs: () => number
  readonly sentMs: () => number
  /** No more frames. */
  readonly end: (onEnded: () => void) => void
  /** Drops what waits and ends the stream. */
  readonly stop: () => void
  readonly close: () => void
}

type ReplyCoderDeps = {
  readonly clock: Pick<Clock, 'now'>
  readonly sampleRateHz: 16_000 | 24_000
  readonly bitrateBps: number
  readonly leadMs: number
  /** Where coded frames wait for their time. */
  readonly openPacer: (events: ReplyEvents) => ReplyPacer
  /** The worker is late with its work. */
  readonly isHurried: () => boolean
  /** A frame that has left. */
  readonly onLeft: (payload: Uint8Array) => void
  /** Sound has left: there is room for more. */
  readonly onDrained: () => void
}

/** A third of the work (80 instead of 220 us a frame), and for speech at this rate the spectrum differs by 0.2 dB. */
const complexityInHurry: OpusComplexity = 0
const complexityInTime: OpusComplexity = 5
/** Coded before its time, so that a worker which is late for as long is heard by nobody; what an interruption drops is wasted. */
const aheadFrames = 25
/** In one go; the rest follows when it is told that the first of them have left. */
const framesAtOnce = 15
/** It is told of each tenth frame that leaves, and of those that somebody waits for. */
const toldEvery = 10

/** Codes a reply a little ahead of its time, and keeps account of what has left. */
export const createReplyCoder = (deps: ReplyCoderDeps): ReplySender => {
  const leadFrames = Math.max(toldEvery, Math.ceil(deps.leadMs / opusFrameMs))
  let encoder: OpusEncoder | undefined
  let complexity: OpusComplexity | undefined
  let queue: { readonly frame: ReplyFrame; readonly madeMs: number }[] = []
  let coded = 0
  let sent = 0
  let underWay: { readonly payload: Uint8Array; readonly onSent: ReplyFrame['onSent'] }[] = []
  let onEnded: (() => void) | undefined
  let hasEnd = false
  let over = false

  const encode = ({ pcm, isBeginning, onCoded }: PlainFrame): Uint8Array => {
    if (isBeginning) forgetCoded()
    const wanted = deps.isHurried() ? complexityInHurry : complexityInTime
    encoder ??= createOpusEncoder({
      sampleRateHz: deps.sampleRateHz,
      bitrateBps: deps.bitrateBps,
      complexity: wanted,
    })
    if (wanted !== complexity) encoder.setComplexity(wanted)
    complexity = wanted
    const packet = encoder.encode(pcm)
    onCoded?.(packet)
    return packet
  }
  const forgetCoded = () => {
    encoder = undefined
    complexity = undefined
  }
  const packetOf = (frame: ReplyFrame): Uint8Array => {
    if ('pcm' in frame) return encode(frame)
    forgetCoded()
    return frame.packet
  }
  const left = (frames: number, atMs: number) => {
    const gone = underWay.splice(0, Math.max(0, frames - sent))
    sent = Math.max(sent, frames)
    for (const { payload, onSent } of gone) {
      deps.onLeft(payload)
      onSent?.(atMs)
    }
    deps.onDrained()
  }
  const pacer = deps.openPacer({
    onSent: (frames, atMs) => {
      left(frames, atMs)
      fill()
    },
    onEnded: (frames) => {
      left(frames, deps.clock.now())
      onEnded?.()
      onEnded = undefined
    },
  })
  const mayCode = () => coded - sent < (sent < leadFrames ? leadFrames : aheadFrames)
  const code = ({ frame, madeMs }: (typeof queue)[number]) => {
    const payload = packetOf(frame)
    underWay.push({ payload, onSent: frame.onSent })
    coded++
    pacer.push({ payload, madeMs, isTold: frame.onSent !== undefined || coded % toldEvery === 0 })
  }
  const fill = () => {
    for (let count = 0; count < framesAtOnce && mayCode(); count++) {
      const next = queue.shift()
      if (!next) break
      code(next)
    }
    if (queue.length > 0 || !onEnded || hasEnd) return
    hasEnd = true
    pacer.end()
  }
  return {
    push: (frame) => {
      if (over) return
      queue.push({ frame, madeMs: deps.clock.now() })
      fill()
    },
    queuedMs: () => (queue.length + coded - sent) * opusFrameMs,
    sentMs: () => sent * opusFrameMs,
    end: (callback) => {
      if (over) return
      onEnded = callback
      over = true
      fill()
    },
    stop: () => {
      over = true
      queue = []
      onEnded = undefined
      pacer.stop()
    },
    close: () => {
      over = true
      queue = []
      underWay = []
      onEnded = undefined
      pacer.close()
    },
  }
}
