import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createOpener, createSealer, type Datagram } from '@mynah/shared/wire/datagram.ts'
import type { CreateDatagramCipher } from '@mynah/shared/wire/datagram-cipher.ts'
import type { SpeechToText, TextToSpeech } from '../../providers/stages.ts'
import type { AudioCommand, AudioEvent, OpenStream } from '../audio-plane.ts'
import type { CommonSounds } from './common-sounds.ts'
import { createDownlink } from './downlink.ts'
import type { PacingWheel } from './pacing-wheel.ts'
import { createPeer, type PeerPath } from './peer-path.ts'
import type { PlaneLimits } from './plane-limits.ts'
import type { RejectionCode } from './rejections.ts'
import type { ReplyPacing } from './reply-pacing.ts'
import { createSoundKeeper } from './sound-keeper.ts'
import { createUplink } from './uplink.ts'

/** One session's sound in both directions. */
export type AudioStream = {
  readonly deviceId: string
  readonly receive: (bytes: Uint8Array, path: PeerPath) => void
  readonly command: (command: AudioCommand) => void
  readonly forgetTunnel: (tunnelId: number) => void
  /** Emits `closed` and ends everything of the stream. Idempotent. */
  readonly close: () => void
}

export type AudioStreamDeps = {
  readonly clock: Clock
  readonly wheel: PacingWheel
  readonly pacing: ReplyPacing
  readonly stt: SpeechToText
  readonly tts: TextToSpeech
  readonly commonSounds?: CommonSounds | undefined
  readonly limits: PlaneLimits
  readonly isHurried: () => boolean
  readonly send: (bytes: Uint8Array, path: PeerPath) => void
  readonly emit: (event: AudioEvent) => void
  readonly reject: (code: RejectionCode) => void
  /** That of node:crypto when absent. */
  readonly createCipher?: CreateDatagramCipher
}

export const createAudioStream = (stream: OpenStream, deps: AudioStreamDeps): AudioStream => {
  const { sessionId, deviceId } = stream
  const streamId = BigInt(`0x${stream.streamId}`)
  const opener = createOpener({ key: stream.upKey, streamId, direction: 'uplink' }, deps.createCipher)
  // Of the control space alone; replies are sealed where they are paced.
  const control = createSealer({ key: stream.downKey, streamId, direction: 'downlink' }, deps.createCipher)
  const peer = createPeer()
  let reached = false
  let closed = false

  const keeper = stream.keepsSound ? createSoundKeeper({ spokenRateHz: stream.downlinkSampleRateHz }) : undefined

  const answerProbe = ({ mediaTime, payload }: Datagram) => {
    const sealed = control.seal({ type: 'probe_reply', mediaTime, payload })
    const path = peer.path()
    if (path) deps.send(sealed, path)
  }
  // After the close nothing of this stream is told any more, whatever still comes out of its stages.
  const emit = (event: AudioEvent) => {
    if (!closed) deps.emit(event)
  }
  const parts = { ...deps, stream, emit, ...(keeper && { onHeard: keeper.heard }) }
  const uplink = createUplink(parts)
  let route: (path: PeerPath | undefined) => void = () => {}
  const downlink = createDownlink({
    ...parts,
    openPacer: (events) => {
      const frameSamples = (stream.downlinkSampleRateHz * opusFrameMs) / 1_000
      const paced = { key: stream.downKey, streamId, frameSamples, leadMs: deps.limits.leadMs }
      const pacer = deps.pacing.open(paced, events)
      route = pacer.route
      return pacer
    },
    onLeft: (payload) => {
      if (peer.path()) keeper?.spoken(payload)
    },
  })
  let routed: PeerPath | undefined
  const reroute = () => {
    const path = peer.path()
    if (path !== routed) route(path)
    routed = path
  }

  const onOpened = (datagram: Datagram, path: PeerPath) => {
    peer.learn(datagram, path)
    reroute()
    uplink.noteAlive()
    if (!reached) {
      reached = true
      emit({ type: 'first_packet', sessionId, atMs: deps.clock.now() })
    }
    if (datagram.type === 'audio' || datagram.type === 'end_of_stream') uplink.receive(datagram)
    if (datagram.type === 'probe') answerProbe(datagram)
  }
  return {
    deviceId,
    receive: (bytes, path) => {
      if (path.type === 'tunnel' && path.deviceId !== deviceId) {
        deps.reject('foreign_tunnel')
        return
      }
      const opened = opener.open(bytes)
      if (opened.ok) onOpened(opened.value, path)
      else deps.reject(opened.error.code)
    },
    command: (command) => {
      switch (command.type) {
        case 'stop_listening':
          return uplink.stopListening()
        case 'speak':
          return downlink.speak(command)
        case 'finish_speaking':
          return downlink.finish()
        case 'stop_speaking':
          return downlink.stop()
        case 'close_stream':
          return
      }
    },
    forgetTunnel: (tunnelId) => {
      peer.forget(tunnelId)
      reroute()
    },
    close: () => {
      if (closed) return
      if (keeper) emit({ type: 'sound', sessionId, ...keeper.tracks() })
      emit({ type: 'closed', sessionId, ...uplink.stats() })
      closed = true
      uplink.close()
      downlink.close()
    },
  }
}
