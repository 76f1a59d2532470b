import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { SoundDirection } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import { faultOf } from '../audio/backends/sound-device-error.ts'
import { createMixer } from '../audio/mixer.ts'
import { createPcmSource } from '../audio/pcm-source.ts'
import { captureFrameMs, type Loudspeaker, type Microphone, playbackSampleRateHz } from '../audio/ports.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import type { Examination } from './examination.ts'
import { chirp, echoLesson, quietGain, roomSoundOf, untilLearnedMs } from './room-sound.ts'

export type RecordRoomDeps = {
  readonly microphone: Microphone
  readonly loudspeaker: Loudspeaker
  /** Of a canceller between the two, which must have learned the room before it can be judged. */
  readonly readEcho?: () => EchoStanding
}

const quietFrames = 60
const chirpFrames = 75
const lessonFrames = untilLearnedMs / captureFrameMs
/** Played as they are. */
const fullVolume = 100

/** A second of the room as it is, then the chirp; about three seconds with opening the card, and three and a half more for a lesson. */
export const recordRoom = async (
  deps: RecordRoomDeps,
  signal: AbortSignal,
): Promise<NonNullable<Examination['room']>> => {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  const mixer = createMixer({ volume: fullVolume })
  const play = (samples: Int16Array) => void mixer.play({ kind: 'earcon', source: createPcmSource(samples) })
  const passedOver = deps.readEcho ? lessonFrames : 0
  let failed: { direction: SoundDirection; error: unknown } | undefined
  const failing = (direction: SoundDirection) => (error: unknown) => {
    failed ??= { direction, error }
    stop()
  }
  const playing = deps.loudspeaker.play(mixer.render, over.signal).catch(failing('loudspeaker'))
  const frames: Int16Array[] = []
  const recording = (async () => {
    if (deps.readEcho) play(echoLesson(playbackSampleRateHz))
    let heard = 0
    for await (const frame of deps.microphone.frames(over.signal)) {
      heard++
      if (heard <= passedOver) continue
      frames.push(frame.slice())
      if (frames.length === quietFrames)
        play(chirp(playbackSampleRateHz).map((sample) => Math.round(sample * quietGain)))
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
