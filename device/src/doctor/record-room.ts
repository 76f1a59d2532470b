import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { SoundDirection } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import { faultOf } from '../audio/backends/sound-device-error.ts'
import { type Loudspeaker, type Microphone, playbackFrameSamples, playbackSampleRateHz } from '../audio/ports.ts'
import type { Examination } from './examination.ts'
import { chirp, quietGain, roomSoundOf } from './room-sound.ts'

export type RecordRoomDeps = { readonly microphone: Microphone; readonly loudspeaker: Loudspeaker }

const quietFrames = 60
const chirpFrames = 75

/** A second of the room as it is, then the chirp; about three seconds with opening the card. */
export const recordRoom = async (
  deps: RecordRoomDeps,
  signal: AbortSignal,
): Promise<NonNullable<Examination['room']>> => {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  const sound = chirp(playbackSampleRateHz).map((sample) => Math.round(sample * quietGain))
  let chirpAt = -1
  const render = () => {
    const frame = new Int16Array(playbackFrameSamples)
    if (chirpAt < 0) return frame
    frame.set(sound.subarray(chirpAt, chirpAt + playbackFrameSamples))
    chirpAt += playbackFrameSamples
    return frame
  }
  let failed: { direction: SoundDirection; error: unknown } | undefined
  const failing = (direction: SoundDirection) => (error: unknown) => {
    failed ??= { direction, error }
    stop()
  }
  const playing = deps.loudspeaker.play(render, over.signal).catch(failing('loudspeaker'))
  const frames: Int16Array[] = []
  const recording = (async () => {
    for await (const frame of deps.microphone.frames(over.signal)) {
      frames.push(frame.slice())
      if (frames.length === quietFrames) chirpAt = 0
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
