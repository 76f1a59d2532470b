import { createJitterBuffer } from '@mynah/shared/audio/jitter-buffer.ts'
import { createOpusDecoder, createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { createMemoryLink, type LinkConditions } from '@mynah/shared/streams/memory-transport.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { createOpener, createSealer, type Datagram } from '@mynah/shared/wire/datagram.ts'
import { deriveSessionKeys, newSessionId, streamIdHex } from '@mynah/shared/wire/session-keys.ts'
import type { AudioEvent, OpenStream } from '../../../src/bridge/audio-plane.ts'
import { createAudioWorker } from '../../../src/bridge/plane/audio-worker.ts'
import type { PeerPath } from '../../../src/bridge/plane/peer-path.ts'
import { createSpeechServers } from '../../../src/providers/speech-servers.ts'
import type { SpeechToText, TextToSpeech } from '../../../src/providers/stages.ts'
import { createScriptedStt, createScriptedTts } from '../scripted-engines.ts'

export type Arrival = { readonly datagram: Datagram; readonly atMs: number }

/** A worker on a manual clock and a network in memory; each way to it has its own port. */
export const createPlaneBench = (
  engines: { readonly stt?: SpeechToText; readonly tts?: TextToSpeech } = {},
  limits = {},
  isHurried: () => boolean = () => false,
) => {
  const clock = createManualClock()
  const stt = engines.stt ?? createScriptedStt()
  const tts = engines.tts ?? createScriptedTts({ clock })
  const events: AudioEvent[] = []
  const ways = new Map<string, DatagramTransport>()
  const unroutable: PeerPath[] = []
  let receive: (bytes: Uint8Array, path: PeerPath) => void = () => {}
  const nameOf = (path: PeerPath) => (path.type === 'udp' ? `udp ${path.port}` : `tunnel ${path.tunnelId}`)
  const worker = createAudioWorker({
    clock,
    log: silentLog,
    stt,
    tts,
    servers: createSpeechServers({ clock }),
    limits,
    isHurried,
    emit: (event) => events.push(event),
    socket: {
      send: (bytes, path) => {
        const way = ways.get(nameOf(path))
        if (way) way.send(bytes)
        else unroutable.push(path)
      },
      onDatagram: (listener) => {
        receive = listener
      },
    },
  })
  /** A new way to the worker; the returned end is the speaker's. */
  const connect = (path: PeerPath, conditions: LinkConditions & { readonly seed?: number } = {}): DatagramTransport => {
    const link = createMemoryLink({ clock, seed: conditions.seed ?? 1, ...conditions })
    ways.set(nameOf(path), link.b)
    link.b.onDatagram((bytes) => receive(bytes, path))
    return link.a
  }
  return {
    clock,
    worker,
    events,
    unroutable,
    connect,
    inject: (bytes: Uint8Array, path: PeerPath) => receive(bytes, path),
    eventsOf: <T extends AudioEvent['type']>(type: T, sessionId?: string) =>
      events.filter(
        (event): event is Extract<AudioEvent, { type: T }> =>
          event.type === type && (sessionId === undefined || event.sessionId === sessionId),
      ),
  }
}

export const udp = (port: number): PeerPath => ({ type: 'udp', host: '10.0.0.2', port })

/** A speaker's end of one session: seals what it says, opens and decodes what it hears. */
export const createTestSpeaker = (options: {
  readonly clock: { readonly now: () => number }
  readonly deviceId?: string
  readonly secret?: Uint8Array
  readonly listens?: boolean
}) => {
  const sessionId = newSessionId()
  const keys = deriveSessionKeys(options.secret ?? new Uint8Array(32).fill(7), sessionId)
  const { streamId } = keys
  const stream: OpenStream = {
    sessionId,
    deviceId: options.deviceId ?? 'kitchen',
    streamId: streamIdHex(streamId),
    upKey: keys.uplinkKey,
    downKey: keys.downlinkKey,
    language: 'en',
    downlinkSampleRateHz: 24_000,
    listens: options.listens ?? true,
  }
  const sealer = createSealer({ key: keys.uplinkKey, streamId, direction: 'uplink' })
  const opener = createOpener({ key: keys.downlinkKey, streamId, direction: 'downlink' })
  const encoder = createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 5 })
  const arrivals: Arrival[] = []
  const rejected: string[] = []
  let earlier: readonly Uint8Array[] = []
  let sent = 0

  /** Seals samples as audio datagrams with two frames of redundancy each. */
  const sealAudio = (samples: Int16Array): Uint8Array[] => {
    const sealed: Uint8Array[] = []
    for (let from = 0; from + 320 <= samples.length; from += 320) {
      const payload = encoder.encode(samples.slice(from, from + 320))
      sealed.push(
        sealer.seal({ type: 'audio', marker: sent === 0, mediaTime: sent++ * 320, payload, redundancy: earlier }),
      )
      earlier = [payload, ...earlier].slice(0, 2)
    }
    return sealed
  }
  const sealEnd = () => sealer.seal({ type: 'end_of_stream', mediaTime: sent * 320, payload: new Uint8Array(0) })
  const sealProbe = () => sealer.seal({ type: 'probe', mediaTime: 0, payload: Uint8Array.of(1, 2, 3) })
  const listenOn = (transport: DatagramTransport) =>
    transport.onDatagram((bytes) => {
      const opened = opener.open(bytes)
      if (opened.ok) arrivals.push({ datagram: opened.value, atMs: options.clock.now() })
      else rejected.push(opened.error.code)
    })
  const audioArrivals = () => arrivals.filter(({ datagram }) => datagram.type === 'audio')
  /** Everything heard so far as sound, in order. */
  const sound = () => {
    const buffer = createJitterBuffer({
      mode: 'reorder',
      frameMs: 20,
      targetMs: 0,
      maxMs: 60_000,
      sampleRateHz: 24_000,
      reorderWaitMs: 0,
    })
    const decoder = createOpusDecoder({ sampleRateHz: 24_000 })
    const pieces: Int16Array[] = []
    for (const { datagram } of audioArrivals()) {
      buffer.push({ ...datagram, frame: datagram.payload }, 0)
    }
    for (let next = buffer.pop(1); next.type !== 'wait' && next.type !== 'finished'; next = buffer.pop(1)) {
      const decoded = next.type === 'frame' ? decoder.decode(next.frame) : undefined
      pieces.push(decoded?.ok ? decoded.value : decoder.conceal())
    }
    return concatSamples(pieces)
  }
  return { sessionId, stream, keys, arrivals, audioArrivals, rejected, sealAudio, sealEnd, sealProbe, listenOn, sound }
}
