import { toBytesLe } from '@mynah/shared/audio/pcm.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Loudspeaker, playbackFrameMs, playbackSampleRateHz } from '../ports.ts'
import type { SoundChild } from './child-process.ts'
import { beats } from './paced.ts'
import { SoundDeviceError } from './sound-device-error.ts'

export type ChildLoudspeakerDeps = {
  readonly clock: Clock
  /** Starts a program that plays 24 kHz mono, 16 bits little-endian, from its standard input. May throw `SoundDeviceError`. */
  readonly start: () => SoundChild
  /** The most that the program and its card hold before a sample is heard, beside what is written ahead. */
  readonly bufferMs: number
}

export const leadMs = 60
const leadFrames = leadMs / playbackFrameMs
/** The clocks of computer and sound card differ: what piles up in the pipe is let out in a moment of silence. */
const settleEveryFrames = 6_000
const settleFrames = 20
/** A card that takes nothing for so long hangs; what waits in the pipe must have an end. */
const mostWaitingBytes = playbackSampleRateHz * 2

/** Frames to a program that plays, written 60 ms ahead. Rejects with `SoundDeviceError` when it is missing, ends or hangs. */
export const createChildLoudspeaker = ({ clock, start, bufferMs }: ChildLoudspeakerDeps): Loudspeaker => {
  let earlierXruns = 0
  let late = 0
  let present: SoundChild | undefined
  // The same dry moment, seen by the program and by us: some programs do not tell, and of some stalls only they know.
  const xruns = () => Math.max(late, earlierXruns + (present?.xruns() ?? 0))
  return {
    outputDelayMs: leadMs + bufferMs,
    xruns,
    play: async (render, signal) => {
      const child = start()
      present = child
      const over = new AbortController()
      const stop = () => over.abort()
      signal.addEventListener('abort', stop, { once: true })
      // The beat ends with the child; the loop below then throws what the child said.
      child.ended.then(stop, stop)
      const { stdin } = child.process
      const writer: FrameWriter = {
        clock,
        render,
        write: (bytes) => void stdin?.write(bytes),
        waitingBytes: () => stdin?.writableLength ?? 0,
        onLate: () => {
          late++
        },
        bufferMs,
      }
      try {
        await Promise.race([child.ready, child.ended])
        await writeFrames(writer, over.signal)
        if (signal.aborted) child.stop()
        await child.ended
      } finally {
        signal.removeEventListener('abort', stop)
        earlierXruns += child.xruns()
        present = undefined
        child.stop()
      }
    },
  }
}

type FrameWriter = Pick<ChildLoudspeakerDeps, 'clock' | 'bufferMs'> & {
  readonly render: () => Int16Array
  readonly write: (bytes: Uint8Array) => void
  readonly waitingBytes: () => number
  /** All that was written ahead has been played before the next frame came. */
  readonly onLate: () => void
}

const writeFrames = async (to: FrameWriter, signal: AbortSignal): Promise<void> => {
  const { clock, render, write } = to
  for (let frame = 0; frame < leadFrames; frame++) write(toBytesLe(render()))
  let sinceSettled = 0
  let skipping = 0
  let beforeMs = clock.now()
  for await (const _ of beats({ clock, periodMs: playbackFrameMs, maxBehindMs: 200 }, signal)) {
    const nowMs = clock.now()
    if (nowMs - beforeMs > leadMs + to.bufferMs) to.onLate()
    beforeMs = nowMs
    if (to.waitingBytes() > mostWaitingBytes) throw new SoundDeviceError('stalled', 'the loudspeaker takes no sound')
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
