import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { SoundDirection } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import { faultOf } from '../audio/backends/sound-device-error.ts'
import { type Loudspeaker, type Microphone, playbackFrameSamples, playbackSampleRateHz } from '../audio/ports.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import type { Examination } from './examination.ts'
import { chirp, echoLesson, quietGain, roomSoundOf } from './room-sound.ts'

export type RecordRoomDeps = {
  readonly microphone: Microphone
  readonly loudspeaker: Loudspeaker
  /** Of a canceller between the two, which must have learned the room before it can be judged. */
  readonly readEcho?: () => EchoStanding
}

const quietFrames = 60
const chirpFrames = 75
/** Longer than the lesson and its way through the card. */
const lessonFrames = 175

/** Plays one sound after the other, silence between them. */
const createPlayer = () => {
  let sound = new Int16Array()
  return {
    play: (next: Int16Array) => {
      sound = Int16Array.from(next)
    },
    render: (): Int16Array => {
      const frame = new Int16Array(playbackFrameSamples)
      frame.set(sound.subarray(0, playbackFrameSamples))
      sound = sound.subarray(playbackFrameSamples)
      return frame
    },
  }
}

/** A second of the room as it is, then the chirp; about three seconds with opening the card, and three and a half more for a lesson. */
export const recordRoom = async (
  deps: RecordRoomDeps,
  signal: AbortSignal,
): Promise<NonNullable<Examination['room']>> => {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  const player = createPlayer()
  const passedOver = deps.readEcho ? lessonFrames : 0
  let failed: { direction: SoundDirection; error: unknown } | undefined
  const failing = (direction: SoundDirection) => (error: unknown) => {
    failed ??= { direction, error }
    stop()
  }
  const playing = deps.loudspeaker.play(player.render, over.signal).catch(failing('loudspeaker'))
  const frames: Int16Array[] = []
  const recording = (async () => {
    if (deps.readEcho) player.play(echoLesson(playbackSampleRateHz))
    let heard = 0
    for await (const frame of deps.microphone.frames(over.signal)) {
      heard++
      if (heard <= passedOver) continue
      frames.push(frame.slice())
      if (frames.length === quietFrames)
        player.play(chirp(playbackSampleRateHz).map((sample) => Math.round(sample * quietGain)))
      if (frames.length === quietFrames + chirpFrames) return stop()
    }
  })().catch(failing('microphone'))
  await Promise.all([recording, playing])
  signal.removeEventListener('abort', stop)
  if (failed) return { type: 'fault', direction: failed.direction, fault: faultOf(failed.error) }
  const samples = concatSamples(frames)
  const chirpAtSample = quietFrames * (frames[0]?.length ?? 0)
  return { type: 'heard', sound: roomSoundOf({ samples, chirpAtSample, gain: quietGain }) }
}
