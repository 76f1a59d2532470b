import {
  captureFrameMs,
  captureFrameSamples,
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackFrameMs,
  playbackFrameSamples,
} from '@mynah/device/audio/ports.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createEchoPath, type EchoOptions } from './echo-path.ts'
import { createLoudspeakerRecording, type LoudspeakerRecording } from './loudspeaker-recording.ts'
import type { Noise } from './noise.ts'

const captureSamplesPerMs = captureSampleRateHz / 1_000
/** A sound is kept this long after its end for a microphone that lags behind. */
const keepSoundMs = 10_000

/** Sound in the air. `startSample` counts at 16 kHz from the room's beginning. */
export type Sounding = { readonly startSample: number; readonly endSample: number }

type Sound = Sounding & {
  readonly samples: Int16Array
  readonly gain: number
  readonly heardAt: Readonly<Record<string, number>>
}

export type EmitOptions = {
  /** At 16 kHz; the next sample that no microphone has heard yet when absent. */
  readonly startSample?: number
  readonly gain?: number
  /** Extra gain per spot; 1 where absent. 0 makes a spot deaf to this sound. */
  readonly heardAt?: Readonly<Record<string, number>>
}

/** Where a speaker stands: its own microphone and loudspeaker, coupled by an echo path. */
export type Spot = {
  readonly name: string
  readonly microphone: Microphone
  readonly loudspeaker: Loudspeaker
  readonly recording: LoudspeakerRecording
}

export type Room = {
  /** Puts 16 kHz mono sound into the air. */
  readonly emit: (samples: Int16Array, options?: EmitOptions) => Sounding
  readonly addSpot: (name: string, echo?: EchoOptions) => Spot
  readonly setNoise: (noise: Noise | undefined) => void
  /** Samples at 16 kHz since the room began. */
  readonly sampleNow: () => number
  /** `Clock.now` of a sample at 16 kHz. */
  readonly timeOf: (sample: number) => number
  /** True when every listening microphone waits for sound that is not due: nothing more happens until the clock moves. */
  readonly isSettled: () => boolean
}

/**
 * A room that is right to the sample: each microphone hears persons, noise and the echo of its own loudspeaker, on one time line.
 * Frames are due at absolute times of the clock, so nothing drifts; who lags catches up without a gap. On `systemClock` the room
 * lives in real time; on a manual clock `pullRoom` runs it as fast as its speakers consume.
 */
export const createRoom = (deps: { readonly clock: Clock; readonly noise?: Noise }): Room => {
  const { clock } = deps
  const originMs = clock.now()
  let noise = deps.noise
  let sounds: readonly Sound[] = []
  let heardUntilSample = 0
  const listening = new Set<symbol>()
  const waiting = new Set<symbol>()
  const sampleNow = () => Math.floor((clock.now() - originMs) * captureSamplesPerMs)

  const untilDue = async (dueMs: number, signal: AbortSignal) => {
    // A timer may fire a fraction of a millisecond early, hence the loop.
    for (let waitMs = dueMs - clock.now(); waitMs > 0 && !signal.aborted; waitMs = dueMs - clock.now())
      await clock.sleep(Math.ceil(waitMs), signal)
  }

  const mixFrame = (spot: string, startSample: number, echoAt: (sample: number) => number): Int16Array => {
    const sum = new Float64Array(captureFrameSamples)
    for (const sound of sounds) addSound(sum, startSample, sound, spot)
    if (noise) addNoise(sum, startSample, noise)
    return Int16Array.from(sum, (value, offset) =>
      Math.max(-32_768, Math.min(32_767, Math.round(value + echoAt(startSample + offset)))),
    )
  }

  const createMicrophone = (spot: string, echoAt: (sample: number) => number): Microphone => ({
    frames: async function* (signal) {
      const reader = Symbol(spot)
      listening.add(reader)
      try {
        for (let frame = Math.ceil(sampleNow() / captureFrameSamples); ; frame++) {
          const startSample = frame * captureFrameSamples
          waiting.add(reader)
          await untilDue(originMs + (frame + 1) * captureFrameMs, signal)
          waiting.delete(reader)
          if (signal.aborted) return
          heardUntilSample = Math.max(heardUntilSample, startSample + captureFrameSamples)
          sounds = sounds.filter((sound) => sound.endSample + keepSoundMs * captureSamplesPerMs > startSample)
          yield mixFrame(spot, startSample, echoAt)
        }
      } finally {
        listening.delete(reader)
        waiting.delete(reader)
      }
    },
  })

  const createLoudspeaker = (hear: (frame: Int16Array, startMs: number) => void): Loudspeaker => ({
    outputDelayMs: playbackFrameMs,
    play: async (render, signal) => {
      const startMs = clock.now()
      for (let frame = 0; ; frame++) {
        const dueMs = startMs + frame * playbackFrameMs
        await untilDue(dueMs, signal)
        if (signal.aborted) return
        const samples = render()
        if (samples.length !== playbackFrameSamples)
          throw new Error(`A playback frame has ${playbackFrameSamples} samples, got ${samples.length}`)
        hear(samples, dueMs + playbackFrameMs)
      }
    },
  })

  return {
    emit: (samples, options = {}) => {
      const startSample = options.startSample ?? Math.max(heardUntilSample, sampleNow())
      const sound = {
        startSample,
        endSample: startSample + samples.length,
        samples,
        gain: options.gain ?? 1,
        heardAt: options.heardAt ?? {},
      }
      sounds = [...sounds, sound]
      return { startSample, endSample: sound.endSample }
    },
    addSpot: (name, echo) => {
      const echoPath = createEchoPath(echo)
      const recording = createLoudspeakerRecording()
      const loudspeaker = createLoudspeaker((frame, startMs) => {
        recording.append(frame, startMs)
        echoPath.append(frame, Math.round((startMs - originMs) * captureSamplesPerMs))
      })
      return { name, microphone: createMicrophone(name, echoPath.at), loudspeaker, recording }
    },
    setNoise: (next) => {
      noise = next
    },
    sampleNow,
    timeOf: (sample) => originMs + sample / captureSamplesPerMs,
    isSettled: () => waiting.size === listening.size,
  }
}

const addSound = (sum: Float64Array, startSample: number, sound: Sound, spot: string) => {
  const gain = sound.gain * (sound.heardAt[spot] ?? 1)
  const from = Math.max(startSample, sound.startSample)
  const to = Math.min(startSample + sum.length, sound.endSample)
  for (let at = from; at < to; at++)
    sum[at - startSample] = (sum[at - startSample] ?? 0) + gain * (sound.samples[at - sound.startSample] ?? 0)
}

const addNoise = (sum: Float64Array, startSample: number, noise: Noise) => {
  for (let offset = 0; offset < sum.length; offset++)
    sum[offset] = (sum[offset] ?? 0) + noise.gain * (noise.samples[(startSample + offset) % noise.samples.length] ?? 0)
}
