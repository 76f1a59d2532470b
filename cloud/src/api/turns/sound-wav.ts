import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { samplesOf } from '../../sounds/sound-track.ts'
import type { SoundStore } from '../../store/sound-store.ts'

/** One direction of a turn as every browser plays it: 16-bit mono. Undefined when none was kept. Some milliseconds for ten seconds. */
export const soundWav = (
  sounds: Pick<SoundStore, 'read'>,
  sessionId: string,
  part: 'heard' | 'spoken',
): Uint8Array | undefined => {
  const track = sounds.read(sessionId, part)
  return track && track.frames.length > 0 ? encodeWav(samplesOf(track), track.sampleRateHz) : undefined
}
