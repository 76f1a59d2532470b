import { markerIn } from '@mynah/shared/audio/marker-tone.ts'
import { createOpusDecoder, type OpusDecoder } from '@mynah/shared/audio/opus.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Datagram } from '@mynah/shared/wire/datagram.ts'

/** The way down of one turn, as its speaker sees it. */
export type ReplyCheck = {
  /** Each authentic audio or end of stream once. Gives how late a frame is, and the fault in it. */
  readonly take: (datagram: Datagram, nowMs: number) => { readonly lateMs?: number; readonly fault?: string }
  /** When the last sound has been played; undefined until the end of the stream came. */
  readonly playedUntilMs: () => number | undefined
  readonly firstAtMs: () => number | undefined
  /** The tone that was heard; undefined before it could be told, or when the sound has none. */
  readonly marker: () => number | undefined
  readonly counts: () => { readonly expected: number; readonly missing: number; readonly underruns: number }
}

const frameMs = 20
const leadMs = 200
const rateHz = 24_000
const frameSamples = (rateHz * frameMs) / 1_000
/** Decoded to hear the tone: the decoder needs some frames to settle, the reply is longer than this. */
const heardFrames = { from: 12, to: 18, used: 3 } as const

export const createReplyCheck = (options: { readonly hearsMarker: boolean }): ReplyCheck => {
  let decoder: OpusDecoder | undefined
  let sound: Int16Array[] = []
  let marker: number | undefined
  let received = 0
  let newest = -1
  let end: number | undefined
  let firstAtMs: number | undefined
  /** When frame 0 would begin to play, given the talk spurt under way. */
  let baseMs = 0
  let spurtAtMs = 0
  let underruns = 0

  const hear = ({ sequence, payload }: Datagram) => {
    if (!options.hearsMarker || sequence < heardFrames.from || sequence > heardFrames.to) return
    decoder ??= createOpusDecoder({ sampleRateHz: rateHz })
    const decoded = decoder.decode(payload)
    if (decoded.ok) sound.push(decoded.value)
    if (sequence !== heardFrames.to) return
    marker = markerIn(concatSamples(sound.slice(-heardFrames.used)), rateHz)
    sound = []
  }
  const takeAudio = (datagram: Datagram, nowMs: number) => {
    const { sequence, mediaTime, marker: beginsSpurt } = datagram
    received++
    firstAtMs ??= nowMs
    if (beginsSpurt) {
      if (sequence > 0) underruns++
      baseMs = nowMs - sequence * frameMs
      spurtAtMs = nowMs
    }
    hear(datagram)
    const isNext = sequence === newest + 1
    newest = Math.max(newest, sequence)
    const lateMs = nowMs - Math.max(spurtAtMs, baseMs + (sequence + 1) * frameMs - leadMs)
    if (mediaTime !== sequence * frameSamples) return { lateMs, fault: 'a frame of a reply has the wrong media time' }
    return isNext ? { lateMs } : { lateMs, fault: 'frames of a reply came out of order or with a hole' }
  }
  return {
    take: (datagram, nowMs) => {
      if (datagram.type === 'audio') return takeAudio(datagram, nowMs)
      end = datagram.sequence
      return {}
    },
    playedUntilMs: () => (end === undefined ? undefined : baseMs + end * frameMs),
    firstAtMs: () => firstAtMs,
    marker: () => marker,
    counts: () => {
      const expected = end ?? newest + 1
      return { expected, missing: Math.max(0, expected - received), underruns }
    },
  }
}
