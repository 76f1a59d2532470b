import type { OpusEncoder } from '@mynah/shared/audio/opus.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createRedundancyHistory } from '@mynah/shared/wire/audio-payload.ts'
import type { Sealer } from '@mynah/shared/wire/datagram.ts'
import { captureFrameSamples } from './ports.ts'

export type UplinkDeps = {
  readonly clock: Clock
  readonly encoder: OpusEncoder
  readonly sealer: Sealer
  readonly send: (datagram: Uint8Array) => void
  readonly onFirstPacket: () => void
  /** The end-of-stream datagram left, after the last frame. */
  readonly onEnd: () => void
}

/** The sound of one turn on its way up: Opus 20 ms frames, sealed, each with the two frames before it. */
export type Uplink = {
  /** Starts with what was captured before (whole frames of 320 samples). The first packet leaves before this returns. */
  readonly begin: (preRoll: Int16Array) => void
  /** One captured frame; dropped unless the uplink is open. The caller may reuse it. */
  readonly hear: (frame: Int16Array) => void
  /** Lets out what waits, then announces the end, three times in case one is lost. */
  readonly finish: () => void
  /** Sends every datagram of this turn again, byte for byte: the way to the cloud is another. The replay window takes them once. */
  readonly sendAgain: () => void
  readonly sentFrames: () => number
  /** Nothing leaves any more. */
  readonly close: () => void
}

/** 17 s: the hard cap of a turn with its pre-roll. Beyond it nothing is sent. */
const maxFrames = 850
/** Some 1.4 ms of encoding between two turns of the event loop. */
const framesPerSlice = 8
const endRepeatMs = 20

export const createUplink = (deps: UplinkDeps): Uplink => {
  let state: 'waiting' | 'open' | 'finishing' | 'ended' | 'closed' = 'waiting'
  let waiting: Int16Array[] = []
  const redundancy = createRedundancyHistory()
  let accepted = 0
  let sent = 0
  let pumping = false
  const kept: Uint8Array[] = []

  const sendKept = (datagram: Uint8Array) => {
    kept.push(datagram)
    deps.send(datagram)
  }
  const sendFrame = (frame: Int16Array) => {
    const packet = deps.encoder.encode(frame)
    const mediaTime = sent * captureFrameSamples
    const earlier = redundancy.before(packet)
    sendKept(deps.sealer.seal({ type: 'audio', marker: sent === 0, mediaTime, payload: packet, redundancy: earlier }))
    sent++
    if (sent === 1) deps.onFirstPacket()
  }
  const sendEnd = () => {
    state = 'ended'
    const seal = () =>
      deps.sealer.seal({
        type: 'end_of_stream',
        mediaTime: sent * captureFrameSamples,
        payload: new Uint8Array(),
        // The last frames have no packet after them that would carry them again.
        redundancy: redundancy.latest(),
      })
    sendKept(seal())
    deps.onEnd()
    for (const repeat of [1, 2]) {
      deps.clock.startTimer(repeat * endRepeatMs, () => {
        if (state === 'ended') deps.send(seal())
      })
    }
  }
  const pumpSlice = () => {
    pumping = false
    if (state !== 'open' && state !== 'finishing') return
    for (const frame of waiting.splice(0, framesPerSlice)) sendFrame(frame)
    if (waiting.length > 0) return pumpLater()
    if (state === 'finishing') sendEnd()
  }
  const pumpLater = () => {
    if (pumping) return
    pumping = true
    setImmediate(pumpSlice)
  }
  const accept = (frame: Int16Array) => {
    if (accepted >= maxFrames) return
    accepted++
    waiting.push(frame)
  }
  return {
    begin: (preRoll) => {
      if (state !== 'waiting') return
      state = 'open'
      for (let at = 0; at + captureFrameSamples <= preRoll.length; at += captureFrameSamples) {
        accept(preRoll.slice(at, at + captureFrameSamples))
      }
      const first = waiting.shift()
      if (first) sendFrame(first)
      if (waiting.length > 0) pumpLater()
    },
    hear: (frame) => {
      if (state !== 'open') return
      accept(frame.slice())
      // In step with the microphone there is nothing to wait for.
      if (!pumping) pumpSlice()
    },
    finish: () => {
      if (state !== 'open') return
      state = 'finishing'
      if (waiting.length > 0) pumpLater()
      else if (!pumping) sendEnd()
    },
    sendAgain: () => {
      for (const datagram of kept) deps.send(datagram)
    },
    sentFrames: () => sent,
    close: () => {
      state = 'closed'
      waiting = []
    },
  }
}
