import { createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { createOpener, createSealer } from '@mynah/shared/wire/datagram.ts'
import type { SessionKeys } from '@mynah/shared/wire/session-keys.ts'
import type { AudioStats } from '@mynah/shared/wire/topics.ts'
import { createDownlink } from '../audio/downlink.ts'
import type { SoundSource } from '../audio/mixer.ts'
import { captureSampleRateHz, playbackSampleRateHz } from '../audio/ports.ts'
import { createUplink } from '../audio/uplink.ts'
import type { AudioPath } from '../link/path.ts'

export type TurnStreamDeps = {
  readonly clock: Clock
  readonly keys: SessionKeys
  readonly path: AudioPath
  readonly onFirstPacket: () => void
  readonly onEndOfStreamSent: () => void
  readonly onFirstReplyFrame: () => void
  /** The cloud has answered on this stream and then fell silent: it is gone, whatever the broker says. */
  readonly onLost: () => void
}

/** The sealed sound of one turn, both ways. */
export type TurnStream = {
  readonly startCapture: (preRoll: Int16Array) => void
  readonly hear: (frame: Int16Array) => void
  readonly stopCapture: () => void
  /** A datagram from either path; what is not of this stream is dropped. */
  readonly receive: (bytes: Uint8Array) => void
  readonly reply: SoundSource
  /** From `wake/ack`; takes effect until the first reply frame. */
  readonly setDownlinkRate: (mediaRateHz: number) => void
  readonly stats: () => AudioStats
  readonly close: () => void
}

const bitrateBps = 24_000
const complexity = 5
const heartbeatMs = 160
/** Ten heartbeats: at 20 % loss each way all of them are lost once in thirty thousand. The user hears of it within two seconds. */
const silenceMs = 1_600

export const createTurnStream = (deps: TurnStreamDeps): TurnStream => {
  const { clock, keys, path } = deps
  const { streamId } = keys
  const sealer = createSealer({ key: keys.uplinkKey, streamId, direction: 'uplink' })
  const opener = createOpener({ key: keys.downlinkKey, streamId, direction: 'downlink' })
  let closed = false
  let arrived = false
  let answeredAtMs: number | undefined
  let heartbeat: Timer | undefined

  const uplink = createUplink({
    clock,
    sealer,
    encoder: createOpusEncoder({ sampleRateHz: captureSampleRateHz, bitrateBps, complexity }),
    send: path.send,
    onFirstPacket: deps.onFirstPacket,
    onEnd: deps.onEndOfStreamSent,
  })
  const downlinkAt = (mediaRateHz: number) =>
    createDownlink({
      clock,
      mediaRateHz,
      onFirstFrame: () => {
        arrived = true
        deps.onFirstReplyFrame()
      },
    })
  let downlink = downlinkAt(playbackSampleRateHz)
  const sealProbe = () => sealer.seal({ type: 'probe', mediaTime: 0, payload: new Uint8Array() })
  const beat = () => {
    if (closed) return
    if (answeredAtMs !== undefined && clock.now() - answeredAtMs >= silenceMs) return deps.onLost()
    path.send(sealProbe())
    heartbeat = clock.startTimer(heartbeatMs, beat)
  }
  // The path sends the first probes itself, to learn whether UDP passes.
  path.beginTurn({ sealProbe, sendAgain: uplink.sendAgain })
  heartbeat = clock.startTimer(heartbeatMs, beat)

  return {
    startCapture: uplink.begin,
    hear: uplink.hear,
    stopCapture: uplink.finish,
    receive: (bytes) => {
      if (closed) return
      const opened = opener.open(bytes)
      if (!opened.ok) return
      answeredAtMs = clock.now()
      path.answered()
      const { type } = opened.value
      if (type === 'audio' || type === 'end_of_stream') downlink.receive(opened.value)
    },
    reply: { read: () => downlink.source.read() },
    setDownlinkRate: (mediaRateHz) => {
      if (!arrived && mediaRateHz !== playbackSampleRateHz) downlink = downlinkAt(mediaRateHz)
    },
    stats: () => {
      const { lost, recovered, late, concealed } = downlink.stats()
      return { sent: uplink.sentFrames(), lost, recovered, late, concealed }
    },
    close: () => {
      closed = true
      heartbeat?.cancel()
      uplink.close()
      path.endTurn()
    },
  }
}
