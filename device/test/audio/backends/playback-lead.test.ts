import { describe, expect, it } from 'vitest'
import { createPlaybackLead } from '../../../src/audio/backends/playback-lead.ts'

const frameBytes = 480
const periodBytes = 2 * frameBytes
/** What aplay reads of its own before any sound: programs, settings. */
const otherBytes = 43_210

type Card = {
  /** Parts of a million by which the card is faster than the computer. */
  readonly fasterPpm: number
  readonly bufferMs?: number
  readonly isKnown?: boolean
  /** What the program reads beside sound, in a second. */
  readonly alsoReadsBytes?: number
  readonly isSilent?: (frame: number) => boolean
}

/** A card and its program over `minutes`: how much waits, how often it ran dry, and how many frames were left out or came in addition. */
const play = (
  minutes: number,
  { fasterPpm, bufferMs = 80, isKnown = true, alsoReadsBytes = 0, isSilent = () => true }: Card,
) => {
  const lead = createPlaybackLead({ bytesPerMs: 48, frameMs: 10 })
  const bufferBytes = bufferMs * 48
  let [written, read, played, skip] = [0, 0, 0, 0]
  const seen = { dry: 0, leftOut: 0, added: 0, mostQueuedMs: 0, leastQueuedMs: Number.POSITIVE_INFINITY }
  let plays = false
  for (let frame = 0; frame < minutes * 6_000; frame++) {
    if (skip > 0) skip--
    else {
      written += frameBytes
      const correction = lead.step({
        silent: isSilent(frame),
        writtenBytes: written,
        readBytes: () => (isKnown ? otherBytes + read + Math.round((frame * alsoReadsBytes) / 100) : undefined),
      })
      if (correction > 0) {
        skip = correction
        seen.leftOut += correction
      }
      if (correction < 0) {
        written -= correction * frameBytes
        seen.added -= correction
      }
    }
    // The program writes whole periods where there is room for one, and waits for the rest of it elsewhere.
    while (read < written && read - played <= bufferBytes - (read % periodBytes === 0 ? periodBytes : 0))
      read = Math.min(written, (Math.floor(read / periodBytes) + 1) * periodBytes)
    if (read - played >= bufferBytes - periodBytes) plays = true
    if (plays) played += frameBytes * (1 + fasterPpm / 1e6)
    if (played > read) {
      played = read
      plays = false
      seen.dry++
    }
    if (frame < 300) continue
    seen.mostQueuedMs = Math.max(seen.mostQueuedMs, (written - played) / 48)
    seen.leastQueuedMs = Math.min(seen.leastQueuedMs, (written - played) / 48)
  }
  return seen
}

describe('the lead of what is played', () => {
  it('is left alone where both clocks agree: nothing is left out, nothing runs dry', () => {
    expect(play(60, { fasterPpm: 0 })).toMatchObject({ dry: 0, leftOut: 0 })
  })
  it.each([20, 100, 300])('does not pile up before a card that is slower by %i ppm, which never runs dry', (ppm) => {
    const seen = play(60, { fasterPpm: -ppm })
    expect(seen.dry).toBe(0)
    expect(seen.mostQueuedMs).toBeLessThan(150)
    expect(seen.leftOut).toBeGreaterThan((ppm * 60 * 60) / 10 / 1_000 - 8)
  })
  it.each([20, 100, 150])('is filled up before a card that is faster by %i ppm, which never runs dry', (ppm) => {
    const seen = play(60, { fasterPpm: ppm })
    expect(seen.dry).toBe(0)
    expect(seen.leastQueuedMs).toBeGreaterThan(40)
  })
  it('is never changed while something sounds, and is afterwards', () => {
    const seen = play(30, { fasterPpm: -200, isSilent: () => false })
    expect(seen).toMatchObject({ leftOut: 0, added: 0 })
    const later = play(30, { fasterPpm: -200, isSilent: (frame) => frame > 100_000 })
    expect(later.leftOut).toBeGreaterThan(15)
    expect(later.dry).toBe(0)
  })
  it.each([0, -200])(
    'is let out blindly where the program reads other things too, clocks apart by %i ppm',
    (fasterPpm) => {
      const seen = play(30, { fasterPpm, alsoReadsBytes: 800 })
      expect(seen.added).toBe(0)
      expect(seen.leftOut).toBeGreaterThan(25 * 20)
      expect(seen.mostQueuedMs).toBeLessThan(200)
    },
  )
  it('is let out blindly where nobody can say what was read', () => {
    const seen = play(10, { fasterPpm: -200, isKnown: false })
    expect(seen.leftOut).toBe(9 * 20)
  })
})
