import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createRedundancyHistory } from '@mynah/shared/wire/audio-payload.ts'
import type { Outgoing } from '@mynah/shared/wire/datagram.ts'
import type { PacingWheel } from './pacing-wheel.ts'

/** 20 ms of a reply, coded, on its way to its time. */
export type ReplyPacket = {
  readonly payload: Uint8Array
  /** When its sound was there. */
  readonly madeMs: number
  /** That it has left is told at once. */
  readonly isTold: boolean
}

/** Of one reply: how many of its frames have left, and when the newest of them did. */
export type ReplyEvents = {
  readonly onSent: (frames: number, atMs: number) => void
  /** The end of the stream has left for the first time. */
  readonly onEnded: (frames: number) => void
}

export type ReplyPacer = {
  readonly push: (packet: ReplyPacket) => void
  /** No more packets: the end of the stream follows the last one, three times, for it must not be lost. */
  readonly end: () => void
  /** Drops what waits and ends the stream; at most the frame under way was still sent. */
  readonly stop: () => void
  readonly close: () => void
}

type ReplyPacerDeps = ReplyEvents & {
  readonly clock: Clock
  readonly wheel: PacingWheel
  readonly frameSamples: number
  readonly leadMs: number
  /** Seals and sends. */
  readonly send: (outgoing: Outgoing) => void
  readonly onLeft: (lateMs: number) => void
}

const endRepeats = 3
const noPayload = new Uint8Array(0)

/**
 * Sends the frames of one reply on an absolute clock. Frame n of a talk spurt that starts at `base` is due at
 * base + (n + 1) * 20 ms - lead: with a lead of 200 ms the first ten leave at once and the speaker always holds 200 ms. When the
 * voice is so late that the speaker has run dry, a new talk spurt begins with a new base; the media time goes on without a hole.
 */
export const createReplyPacer = (deps: ReplyPacerDeps): ReplyPacer => {
  const { clock, wheel, leadMs } = deps
  let queue: ReplyPacket[] = []
  let sent = 0
  let baseMs: number | undefined
  const redundancy = createRedundancyHistory()
  let isEnding = false
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
  const dueMs = () => (baseMs ?? 0) + (sent + 1) * opusFrameMs - leadMs
  const sendPacket = ({ payload, madeMs }: ReplyPacket, marker: boolean) => {
    const wantedMs = Math.max(dueMs(), madeMs)
    const earlier = redundancy.before(payload)
    deps.send({ type: 'audio', marker, mediaTime: sent * deps.frameSamples, payload, redundancy: earlier })
    sent++
    deps.onLeft(clock.now() - wantedMs)
  }
  const sendEnd = () => {
    // The last frames have no packet after them that would carry them again.
    const tail = redundancy.latest()
    const mediaTime = sent * deps.frameSamples
    deps.send({ type: 'end_of_stream', mediaTime, payload: noPayload, redundancy: tail })
    endsLeft--
    if (endsLeft === 0) rest()
  }
  const sendDue = (nowMs: number) => {
    let isTold = false
    for (let next = queue[0]; next; next = queue[0]) {
      const marker = startSpurt(nowMs)
      if (dueMs() > nowMs) break
      queue.shift()
      sendPacket(next, marker)
      isTold ||= next.isTold
    }
    if (isTold) deps.onSent(sent, clock.now())
  }
  const beginEnd = () => {
    over = true
    endsLeft = endRepeats
    joinWheel()
    sendEnd()
  }
  const pump = (nowMs: number) => {
    if (endsLeft > 0) return sendEnd()
    if (over) return
    sendDue(nowMs)
    if (queue.length > 0 || !isEnding || over) return
    beginEnd()
    deps.onEnded(sent)
  }
  return {
    push: (packet) => {
      if (over) return
      queue.push(packet)
      pump(clock.now())
    },
    end: () => {
      isEnding = true
      if (!over) pump(clock.now())
    },
    stop: () => {
      queue = []
      if (over) return
      over = true
      if (sent === 0) return rest()
      deps.onSent(sent, clock.now())
      beginEnd()
    },
    close: () => {
      over = true
      queue = []
      rest()
    },
  }
}
