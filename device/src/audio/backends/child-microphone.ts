import { fromBytesLe } from '@mynah/shared/audio/pcm.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { captureFrameSamples, type Microphone } from '../ports.ts'
import type { SoundChild } from './child-process.ts'
import { SoundDeviceError } from './sound-device-error.ts'

export type ChildMicrophoneDeps = {
  readonly clock: Clock
  /** Starts a program that writes 16 kHz mono, 16 bits little-endian, to its standard output. May throw `SoundDeviceError`. */
  readonly start: () => SoundChild
}

const captureFrameBytes = captureFrameSamples * 2
/** One second; whoever reads this slowly loses the oldest and not the newest. */
const maxWaitingFrames = 50
/** A driver that hangs says nothing and ends nothing. */
const silentForMs = 3_000
const lookEveryMs = 1_000

/** Frames of 20 ms from a program that records. Throws `SoundDeviceError` when it is missing, ends or falls silent. */
export const createChildMicrophone = ({ clock, start }: ChildMicrophoneDeps): Microphone => {
  let earlierXruns = 0
  /** One at a time, and those whose last words are still on their way. */
  const present = new Set<SoundChild>()
  const open = async function* (child: SoundChild, signal: AbortSignal) {
    const frames = createChannel<Int16Array>({ capacity: maxWaitingFrames, overflow: 'drop_oldest' })
    let rest: Uint8Array = new Uint8Array()
    let heardAtMs = clock.now()
    child.process.stdout?.on('data', (bytes: Buffer) => {
      heardAtMs = clock.now()
      const all = Buffer.concat([rest, bytes])
      const whole = all.length - (all.length % captureFrameBytes)
      for (let at = 0; at < whole; at += captureFrameBytes) {
        frames.push(fromBytesLe(all.subarray(at, at + captureFrameBytes)))
      }
      rest = all.subarray(whole)
    })
    const look = () => {
      const silentMs = clock.now() - heardAtMs
      if (silentMs < silentForMs) watch = clock.startTimer(lookEveryMs, look)
      else frames.fail(new SoundDeviceError('stalled', `the microphone gives no sound for ${silentForMs} ms`))
    }
    let watch = clock.startTimer(lookEveryMs, look)
    child.ended.then(frames.end, frames.fail)
    const stop = () => {
      child.stop()
      frames.end()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (!signal.aborted) yield* frames
    } finally {
      watch.cancel()
      signal.removeEventListener('abort', stop)
      child.stop()
    }
  }
  return {
    frames: async function* (signal) {
      const child = start()
      present.add(child)
      const onEnded = () => {
        present.delete(child)
        earlierXruns += child.xruns()
      }
      child.ended.then(onEnded, onEnded)
      yield* open(child, signal)
    },
    xruns: () => [...present].reduce((sum, child) => sum + child.xruns(), earlierXruns),
  }
}
