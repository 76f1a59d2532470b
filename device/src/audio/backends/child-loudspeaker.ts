import { readFileSync } from 'node:fs'
import { toBytesLe } from '@mynah/shared/audio/pcm.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Loudspeaker, playbackFrameMs, playbackSampleRateHz } from '../ports.ts'
import type { SoundChild } from './child-process.ts'
import { beats } from './paced.ts'
import { createPlaybackLead } from './playback-lead.ts'
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
        readBytes: () => bytesReadBy(child.process.pid),
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

/** `rchar` of proc_pid_io(5); undefined where there is no such file, or it is not ours to read. */
const bytesReadBy = (pid: number | undefined): number | undefined => {
  try {
    const read = /^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]
    return read === undefined ? undefined : Number(read)
  } catch {
    // The same as on a system without it.
    return undefined
  }
}

type FrameWriter = Pick<ChildLoudspeakerDeps, 'clock' | 'bufferMs'> & {
  readonly render: () => Int16Array
  readonly write: (bytes: Uint8Array) => void
  readonly waitingBytes: () => number
  /** All that the program has ever read. */
  readonly readBytes: () => number | undefined
  /** All that was written ahead has been played before the next frame came. */
  readonly onLate: () => void
}

const writeFrames = async (to: FrameWriter, signal: AbortSignal): Promise<void> => {
  const { clock, render, write } = to
  let writtenBytes = 0
  const play = (): Int16Array => {
    const samples = render()
    const bytes = toBytesLe(samples)
    write(bytes)
    writtenBytes += bytes.length
    return samples
  }
  for (let frame = 0; frame < leadFrames; frame++) play()
  const lead = createPlaybackLead({ bytesPerMs: (playbackSampleRateHz * 2) / 1000, frameMs: playbackFrameMs })
  let leftOut = 0
  let beforeMs = clock.now()
  for await (const _ of beats({ clock, periodMs: playbackFrameMs, maxBehindMs: 200 }, signal)) {
    const nowMs = clock.now()
    if (nowMs - beforeMs > leadMs + to.bufferMs) to.onLate()
    beforeMs = nowMs
    if (to.waitingBytes() > mostWaitingBytes) throw new SoundDeviceError('stalled', 'the loudspeaker takes no sound')
    if (leftOut > 0) {
      leftOut--
      continue
    }
    const silent = play().every((sample) => sample === 0)
    const behind = lead.step({ silent, writtenBytes, readBytes: to.readBytes })
    for (let added = 0; added < -behind; added++) play()
    leftOut = Math.max(0, behind)
  }
}
