import { fromBytesLe, toBytesLe } from '@mynah/shared/audio/pcm.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  captureFrameSamples,
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackFrameMs,
  playbackSampleRateHz,
} from '../ports.ts'
import { startSoundChild } from './child-process.ts'
import { beats } from './paced.ts'

export type AlsaDevice = {
  /** ALSA name, such as `default` or `plughw:1,0`. */
  readonly device: string
  /** Another program with the arguments of arecord or aplay. */
  readonly command?: string
}

const install = 'apt install alsa-utils'
const captureFrameBytes = captureFrameSamples * 2
/** One second; whoever reads this slowly loses the oldest and not the newest. */
const maxWaitingFrames = 50

/** Frames of `arecord`: periods of 20 ms, a buffer of 80 ms. Throws when it is missing or ends. */
export const createAlsaMicrophone = ({ device, command = 'arecord' }: AlsaDevice): Microphone => ({
  frames: async function* (signal) {
    const format = ['-q', '-D', device, '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(captureSampleRateHz)]
    const periods = [`--period-size=${captureFrameSamples}`, `--buffer-size=${captureFrameSamples * 4}`]
    const child = startSoundChild({ command, args: [...format, ...periods], install })
    const frames = createChannel<Int16Array>({ capacity: maxWaitingFrames, overflow: 'drop_oldest' })
    let rest: Uint8Array = new Uint8Array()
    child.process.stdout?.on('data', (bytes: Buffer) => {
      const all = Buffer.concat([rest, bytes])
      const whole = all.length - (all.length % captureFrameBytes)
      for (let at = 0; at < whole; at += captureFrameBytes) {
        frames.push(fromBytesLe(all.subarray(at, at + captureFrameBytes)))
      }
      rest = all.subarray(whole)
    })
    child.ended.then(frames.end, frames.fail)
    const stop = () => child.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (!signal.aborted) yield* frames
    } finally {
      signal.removeEventListener('abort', stop)
      child.stop()
    }
  },
})

const leadFrames = 6
const alsaPeriodSamples = playbackSampleRateHz / 50
const alsaBufferMs = 80
/** The clocks of computer and sound card differ: what piles up in the pipe is let out in a moment of silence. */
const settleEveryFrames = 6_000
const settleFrames = 20

/** Frames to `aplay`, written 60 ms ahead. Rejects when it is missing or ends. */
export const createAlsaLoudspeaker = (deps: AlsaDevice & { readonly clock: Clock }): Loudspeaker => ({
  outputDelayMs: leadFrames * playbackFrameMs + alsaBufferMs,
  play: async (render, signal) => {
    const { device, command = 'aplay' } = deps
    const format = ['-q', '-D', device, '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(playbackSampleRateHz)]
    const periods = [`--period-size=${alsaPeriodSamples}`, `--buffer-size=${alsaPeriodSamples * 4}`]
    const child = startSoundChild({ command, args: [...format, ...periods], install })
    const over = new AbortController()
    const stop = () => over.abort()
    signal.addEventListener('abort', stop, { once: true })
    // The beat ends with the child; the loop below then throws what the child said.
    child.ended.then(stop, stop)
    try {
      await writeFrames({ render, write: (bytes) => child.process.stdin?.write(bytes), clock: deps.clock }, over.signal)
    } finally {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) child.stop()
    }
    await child.ended
  },
})

type FrameWriter = {
  readonly render: () => Int16Array
  readonly write: (bytes: Uint8Array) => void
  readonly clock: Clock
}

const writeFrames = async ({ render, write, clock }: FrameWriter, signal: AbortSignal): Promise<void> => {
  for (let frame = 0; frame < leadFrames; frame++) write(toBytesLe(render()))
  let sinceSettled = 0
  let skipping = 0
  for await (const _ of beats({ clock, periodMs: playbackFrameMs, maxBehindMs: 200 }, signal)) {
    if (skipping > 0) {
      skipping--
      continue
    }
    const samples = render()
    sinceSettled++
    if (sinceSettled >= settleEveryFrames && samples.every((sample) => sample === 0)) {
      sinceSettled = 0
      skipping = settleFrames
    }
    write(toBytesLe(samples))
  }
}
