import { createJitterBuffer } from '@mynah/shared/audio/jitter-buffer.ts'
import type { JitterStats } from '@mynah/shared/audio/jitter-state.ts'
import { createOpusDecoder } from '@mynah/shared/audio/opus.ts'
import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Datagram } from '@mynah/shared/wire/datagram.ts'
import type { SoundSource, SourceFrame } from './mixer.ts'
import { playbackFrameSamples, playbackSampleRateHz } from './ports.ts'

export type DownlinkDeps = {
  readonly clock: Clock
  /** Rate that the media times count in; the sound itself is decoded at 24 kHz whatever it was made from. */
  readonly mediaRateHz: number
  /** The first frame of the reply is here. */
  readonly onFirstFrame: () => void
}

/** The reply of one turn on its way to the mixer: datagrams in any order in, frames on the beat out. */
export type Downlink = {
  /** An authenticated audio or end-of-stream datagram. */
  readonly receive: (datagram: Datagram) => void
  readonly source: SoundSource
  readonly stats: () => JitterStats
}

const targetMs = 60
/** The cloud's lead is 200 ms; more than this is a burst after a stall, and the oldest gives way. */
const maxMs = 1_000

export const createDownlink = (deps: DownlinkDeps): Downlink => {
  const { clock } = deps
  const decoder = createOpusDecoder({ sampleRateHz: playbackSampleRateHz })
  const buffer = createJitterBuffer({
    mode: 'playout',
    frameMs: opusFrameMs,
    targetMs,
    maxMs,
    sampleRateHz: deps.mediaRateHz,
    reorderWaitMs: 0,
    adaptive: true,
  })
  let arrived = false
  /** What is left of the packet that is being played. */
  let rest = new Int16Array(0)

  const inFrames = (samples: Int16Array): SourceFrame => {
    rest = samples.slice(playbackFrameSamples)
    return { type: 'samples', samples: samples.subarray(0, playbackFrameSamples) }
  }

  return {
    receive: (datagram) => {
      const { sequence, mediaTime, payload, redundancy } = datagram
      const again = redundancy ? { redundancy } : {}
      if (datagram.type === 'end_of_stream') return buffer.end(sequence - 1, clock.now(), { mediaTime, ...again })
      buffer.push({ sequence, mediaTime, frame: payload, ...again }, clock.now())
      if (arrived) return
      arrived = true
      deps.onFirstFrame()
    },
    source: {
      read: () => {
        if (rest.length > 0) return inFrames(rest)
        const next = buffer.pop(clock.now())
        switch (next.type) {
          case 'frame': {
            const decoded = decoder.decode(next.frame)
            return inFrames(decoded.ok ? decoded.value : decoder.conceal())
          }
          case 'conceal':
            return inFrames(decoder.conceal())
          case 'wait':
            return { type: 'silence' }
          case 'finished':
            return { type: 'finished' }
        }
      },
    },
    stats: buffer.stats,
  }
}
