import { playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'

const keptMs = 180_000

type Piece = { readonly startMs: number; readonly samples: Int16Array }

/** What a loudspeaker has played, kept for three minutes; times are `Clock.now` of the moment the sound leaves the speaker. */
export type LoudspeakerRecording = {
  readonly append: (frame: Int16Array, startMs: number) => void
  /** All sound that left between two times, 24 kHz mono. */
  readonly between: (fromMs: number, toMs: number) => Int16Array
  /** When the first sample louder than -50 dBFS left at or after `fromMs`. */
  readonly firstSoundAfter: (fromMs: number) => number | undefined
  /** When the last sample louder than -50 dBFS left; undefined before the first. */
  readonly lastSoundMs: () => number | undefined
}

const samplesPerMs = playbackSampleRateHz / 1_000
const audible = 32_768 * 10 ** (-50 / 20)
const isAudible = (sample: number): boolean => Math.abs(sample) >= audible

export const createLoudspeakerRecording = (): LoudspeakerRecording => {
  let pieces: Piece[] = []
  let lastSoundMs: number | undefined
  return {
    append: (frame, startMs) => {
      const last = frame.findLastIndex(isAudible)
      if (last >= 0) lastSoundMs = startMs + last / samplesPerMs
      pieces.push({ startMs, samples: frame.slice() })
      const oldestMs = startMs - keptMs
      // Trimmed in steps of a second: shifting an array at each frame costs more than the memory.
      if ((pieces[50]?.startMs ?? oldestMs) < oldestMs) pieces = pieces.slice(50)
    },
    between: (fromMs, toMs) => {
      const inside = pieces.filter(
        (piece) => piece.startMs + piece.samples.length / samplesPerMs > fromMs && piece.startMs < toMs,
      )
      const cut = inside.map((piece) =>
        piece.samples.subarray(
          Math.max(0, Math.round((fromMs - piece.startMs) * samplesPerMs)),
          Math.max(0, Math.round((toMs - piece.startMs) * samplesPerMs)),
        ),
      )
      return concatSamples(cut)
    },
    firstSoundAfter: (fromMs) => {
      for (const piece of pieces) {
        if (piece.startMs + piece.samples.length / samplesPerMs <= fromMs) continue
        const from = Math.max(0, Math.ceil((fromMs - piece.startMs) * samplesPerMs))
        const index = piece.samples.findIndex((sample, at) => at >= from && isAudible(sample))
        if (index >= 0) return piece.startMs + index / samplesPerMs
      }
      return undefined
    },
    lastSoundMs: () => lastSoundMs,
  }
}
