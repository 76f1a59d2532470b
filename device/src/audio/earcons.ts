import type { EarconName } from '../runtime/speaker-event.ts'
import { playbackSampleRateHz } from './ports.ts'

/** A struck note: `atMs` from the start of the earcon, `peak` from 0 to 1 of full scale. */
type Note = { readonly frequencyHz: number; readonly atMs: number; readonly lengthMs: number; readonly peak: number }

const e5 = 659.26
const a5 = 880
const c6 = 1046.5
const d5 = 587.33
const f4 = 349.23
const d4 = 293.66

const notes: Record<EarconName, readonly Note[]> = {
  // Short and rising: the person may already be speaking.
  wake: [
    { frequencyHz: e5, atMs: 0, lengthMs: 70, peak: 0.16 },
    { frequencyHz: a5, atMs: 55, lengthMs: 95, peak: 0.16 },
  ],
  end_of_listening: [{ frequencyHz: d5, atMs: 0, lengthMs: 80, peak: 0.1 }],
  error: [
    { frequencyHz: f4, atMs: 0, lengthMs: 150, peak: 0.3 },
    { frequencyHz: d4, atMs: 140, lengthMs: 260, peak: 0.3 },
  ],
  // Done, where no voice can say so.
  confirmed: [
    { frequencyHz: d5, atMs: 0, lengthMs: 90, peak: 0.2 },
    { frequencyHz: a5, atMs: 80, lengthMs: 160, peak: 0.2 },
  ],
  muted: [
    { frequencyHz: a5, atMs: 0, lengthMs: 80, peak: 0.2 },
    { frequencyHz: d5, atMs: 70, lengthMs: 130, peak: 0.2 },
  ],
  // One round of the ring with its rest; played in a loop until somebody stops it.
  timer_ring: [
    { frequencyHz: a5, atMs: 0, lengthMs: 180, peak: 0.45 },
    { frequencyHz: c6, atMs: 160, lengthMs: 180, peak: 0.45 },
    { frequencyHz: a5, atMs: 320, lengthMs: 180, peak: 0.45 },
    { frequencyHz: c6, atMs: 480, lengthMs: 320, peak: 0.45 },
  ],
}
const roundMs: Partial<Record<EarconName, number>> = { timer_ring: 1_400 }

const attackMs = 6

/** Fundamental and two soft partials, like a struck bar; raised-cosine attack and an exponential decay that ends at zero. */
const noteSample = (note: Note, sinceMs: number): number => {
  const attack = sinceMs < attackMs ? 0.5 - 0.5 * Math.cos((Math.PI * sinceMs) / attackMs) : 1
  const left = 1 - sinceMs / note.lengthMs
  const envelope = attack * Math.exp((-3 * sinceMs) / note.lengthMs) * Math.min(1, left * 8)
  const angle = (2 * Math.PI * note.frequencyHz * sinceMs) / 1000
  return note.peak * envelope * (Math.sin(angle) + 0.25 * Math.sin(2 * angle) + 0.08 * Math.sin(3 * angle)) * 0.75
}

const synthesise = (earcon: EarconName): Int16Array => {
  const melody = notes[earcon]
  const lengthMs = roundMs[earcon] ?? Math.max(...melody.map((note) => note.atMs + note.lengthMs))
  const samples = new Int16Array(Math.ceil((lengthMs * playbackSampleRateHz) / 1000))
  for (const note of melody) {
    const first = Math.round((note.atMs * playbackSampleRateHz) / 1000)
    const count = Math.min(samples.length - first, Math.round((note.lengthMs * playbackSampleRateHz) / 1000))
    for (let i = 0; i < count; i++) {
      const value = noteSample(note, (i * 1000) / playbackSampleRateHz) * 32_767
      samples[first + i] = Math.max(-32_768, Math.min(32_767, Math.round((samples[first + i] ?? 0) + value)))
    }
  }
  return samples
}

/** The speaker's own sounds, made once at start: mono, 24 kHz, full scale 32767. */
export const createEarcons = (): Readonly<Record<EarconName, Int16Array>> => ({
  wake: synthesise('wake'),
  end_of_listening: synthesise('end_of_listening'),
  error: synthesise('error'),
  muted: synthesise('muted'),
  confirmed: synthesise('confirmed'),
  timer_ring: synthesise('timer_ring'),
})
