import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { peekStreamId } from '@mynah/shared/wire/datagram.ts'
import type { CreateDatagramCipher } from '@mynah/shared/wire/datagram-cipher.ts'
import { maxDatagramBytes } from '@mynah/shared/wire/datagram-header.ts'
import type { LeasedStages, SpeechServers } from '../../providers/speech-servers.ts'
import type { SpeechToText, TextToSpeech } from '../../providers/stages.ts'
import type { AudioCommand, AudioEvent, OpenStream } from '../audio-plane.ts'
import { type AudioStream, createAudioStream } from './audio-stream.ts'
import { createCommonSounds } from './common-sounds.ts'
import { createEarlyDatagrams } from './early-datagrams.ts'
import { createPacingWheel } from './pacing-wheel.ts'
import type { PeerPath } from './peer-path.ts'
import { defaultPlaneLimits, type PlaneLimits } from './plane-limits.ts'
import { createRecentIds } from './recent-ids.ts'
import { createRejections } from './rejections.ts'
import { createPacingHere, type ReplyPacing } from './reply-pacing.ts'

/** The socket and the tunnels of a worker as it sees them. */
export type WorkerSocket = {
  /** Never waits and never throws. */
  readonly send: (bytes: Uint8Array, path: PeerPath) => void
  readonly onDatagram: (listener: (bytes: Uint8Array, path: PeerPath) => void) => void
}

export type AudioWorker = {
  /** Refused when session or stream id is taken, or a key has the wrong length. */
  readonly open: (
    stream: OpenStream,
  ) => Result<undefined, { readonly code: 'taken' | 'bad_stream'; readonly message: string }>
  readonly command: (command: AudioCommand) => void
  readonly forgetTunnel: (tunnelId: number) => void
  readonly counters: () => Readonly<Record<string, number>>
  /** Closes every stream. */
  readonly close: () => void
}

export type AudioWorkerDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly socket: WorkerSocket
  readonly stt: SpeechToText
  readonly tts: TextToSpeech
  /** Connections to the servers that homes have chosen for themselves. */
  readonly servers: SpeechServers
  readonly emit: (event: AudioEvent) => void
  readonly limits?: Partial<PlaneLimits>
  /** The process is late with its work: sound is coded more simply. Never when absent. */
  readonly isHurried?: () => boolean
  /** In this thread when absent. */
  readonly pacing?: ReplyPacing
  /** That of node:crypto when absent. */
  readonly createCipher?: CreateDatagramCipher
}

/**
 * A speaker's first 800 ms come at once, ahead of its wake: a hundred that wake in the same quarter of a second while the control
 * process is busy must not lose them. 5 MB at most; a speaker gives up its wake after a second.
 */
const earlyBounds = { maxDatagrams: 4_096, maxPerStream: 128, maxAgeMs: 1_000 } as const
const rememberedStreams = 4_096

type OpenedStream = { readonly streamId: bigint; readonly stream: AudioStream; readonly release: () => void }

/** Key lengths are checked by the codec, which throws RangeError. */
const creating = (create: () => AudioStream): Result<AudioStream, string> => {
  try {
    return ok(create())
  } catch (error) {
    if (error instanceof RangeError) return refuse(error.message)
    throw error
  }
}

/** All streams of one UDP port: finds the stream of each datagram and keeps the two directions of each going. No process state. */
export const createAudioWorker = (deps: AudioWorkerDeps): AudioWorker => {
  const { clock, log, socket } = deps
  const limits = { ...defaultPlaneLimits, ...deps.limits }
  let listening = 0
  const wheel = createPacingWheel({
    clock,
    onSize: (size) => {
      listening = size
    },
  })
  const pacing =
    deps.pacing ??
    createPacingHere({ clock, send: socket.send, ...(deps.createCipher && { createCipher: deps.createCipher }) })
  const rejections = createRejections({ clock, log })
  const early = createEarlyDatagrams(earlyBounds)
  const closedStreams = createRecentIds<bigint>(rememberedStreams)
  const commonSounds = createCommonSounds({ clock })
  const byStreamId = new Map<bigint, AudioStream>()
  const bySessionId = new Map<string, OpenedStream>()
  const totals = {
    datagrams_received: 0,
    datagrams_sent: 0,
    datagrams_early: 0,
    streams_opened: 0,
  }

  const streamDeps = {
    clock,
    wheel,
    pacing,
    limits,
    isHurried: deps.isHurried ?? (() => false),
    emit: deps.emit,
    ...(deps.createCipher && { createCipher: deps.createCipher }),
    reject: rejections.count,
    send: (bytes: Uint8Array, path: PeerPath) => {
      totals.datagrams_sent++
      socket.send(bytes, path)
    },
  }
  /** The recogniser and the voice of the stream's home: its own, or else the cloud's. */
  const stagesOf = ({ speech }: OpenStream): LeasedStages => {
    const stt = speech?.stt && deps.servers.lease(speech.stt)
    const tts = speech?.tts && deps.servers.lease(speech.tts)
    return {
      stt: stt?.stt ?? deps.stt,
      tts: tts?.tts ?? deps.tts,
      release: () => {
        stt?.release()
        tts?.release()
      },
    }
  }
  const receive = (bytes: Uint8Array, path: PeerPath) => {
    totals.datagrams_received++
    const streamId = bytes.length > maxDatagramBytes ? undefined : peekStreamId(bytes)
    if (streamId === undefined) {
      rejections.count('malformed')
      return
    }
    const stream = byStreamId.get(streamId)
    if (stream) stream.receive(bytes, path)
    else if (closedStreams.has(streamId)) rejections.count('stream_closed')
    else {
      totals.datagrams_early++
      early.keep(streamId, { bytes, path, atMs: clock.now() })
    }
  }
  const open: AudioWorker['open'] = (openStream) => {
    if (!/^[0-9a-f]{16}$/.test(openStream.streamId)) {
      return refuse({ code: 'bad_stream', message: 'a stream id is 16 hex digits' })
    }
    const streamId = BigInt(`0x${openStream.streamId}`)
    if (byStreamId.has(streamId) || closedStreams.has(streamId) || bySessionId.has(openStream.sessionId)) {
      return refuse({ code: 'taken', message: 'the session or its stream is open or was open before' })
    }
    const stages = stagesOf(openStream)
    // A home's own voice speaks to that home alone.
    const own = openStream.speech?.tts ? {} : { commonSounds }
    const opened = creating(() => createAudioStream(openStream, { ...streamDeps, ...stages, ...own }))
    if (!opened.ok) {
      stages.release()
      return refuse({ code: 'bad_stream', message: opened.error })
    }
    totals.streams_opened++
    byStreamId.set(streamId, opened.value)
    bySessionId.set(openStream.sessionId, { streamId, stream: opened.value, release: stages.release })
    for (const { bytes, path } of early.take(streamId, clock.now())) opened.value.receive(bytes, path)
    return ok(undefined)
  }
  const closeSession = (sessionId: string) => {
    const entry = bySessionId.get(sessionId)
    if (!entry) return
    bySessionId.delete(sessionId)
    byStreamId.delete(entry.streamId)
    closedStreams.add(entry.streamId)
    entry.stream.close()
    entry.release()
  }
  socket.onDatagram(receive)
  return {
    open,
    command: (command) => {
      if (command.type === 'close_stream') closeSession(command.sessionId)
      else bySessionId.get(command.sessionId)?.stream.command(command)
    },
    forgetTunnel: (tunnelId) => {
      for (const { stream } of bySessionId.values()) stream.forgetTunnel(tunnelId)
    },
    counters: () => {
      const rejected = Object.entries(rejections.totals()).map(([code, count]) => [`rejected_${code}`, count] as const)
      const replies = pacing.totals()
      return {
        ...totals,
        ...replies,
        datagrams_sent: totals.datagrams_sent + replies.datagrams_sent,
        ...Object.fromEntries(rejected),
        streams_open: bySessionId.size,
        paced: listening + replies.paced,
        common_sound_bytes: commonSounds.sizeBytes(),
      }
    },
    close: () => {
      for (const sessionId of [...bySessionId.keys()]) closeSession(sessionId)
      deps.servers.close()
    },
  }
}
