import type { Clock } from '@mynah/shared/time/clock.ts'
import type { TextToSpeechRequest } from '../../providers/stages.ts'

/** Sentences that anybody may be told ("Timer set for ten minutes."), as they were coded when somebody was. */
export type CommonSounds = {
  /** Opus packets of 20 ms, coded from a beginning of their own; undefined when they are not there, or no more. */
  readonly find: (sentence: CommonSentence) => readonly Uint8Array[] | undefined
  readonly keep: (sentence: CommonSentence, packets: readonly Uint8Array[]) => void
  readonly sizeBytes: () => number
}

/** A sentence as a voice is asked for it, at the rate of the reply that it is in. */
export type CommonSentence = TextToSpeechRequest & { readonly sampleRateHz: number }

export type CommonSoundsBounds = {
  readonly maxBytes: number
  /** A speech server may get another voice by the same name: so long the old one may still be heard. */
  readonly maxAgeMs: number
}

/** Some 1,500 short sentences at 32 kbit/s. */
const defaultBounds: CommonSoundsBounds = { maxBytes: 16 * 1024 * 1024, maxAgeMs: 3_600_000 }
/** What a packet and its place cost beside its bytes. */
const packetOverheadBytes = 100

type Kept = { readonly packets: readonly Uint8Array[]; readonly bytes: number; readonly atMs: number }

const keyOf = ({ text, language, voice, sampleRateHz }: CommonSentence): string =>
  JSON.stringify([sampleRateHz, language, voice ?? null, text])

/** In memory only, the least recently told are forgotten first. */
export const createCommonSounds = ({
  clock,
  bounds = defaultBounds,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly bounds?: CommonSoundsBounds
}): CommonSounds => {
  const kept = new Map<string, Kept>()
  let totalBytes = 0
  const forget = (key: string) => {
    totalBytes -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    find: (sentence) => {
      const key = keyOf(sentence)
      const found = kept.get(key)
      if (!found) return undefined
      if (clock.now() - found.atMs >= bounds.maxAgeMs) {
        forget(key)
        return undefined
      }
      // Last in the order of the map: what was told the longest ago is first.
      kept.delete(key)
      kept.set(key, found)
      return found.packets
    },
    keep: (sentence, packets) => {
      const key = keyOf(sentence)
      forget(key)
      const bytes = packets.reduce((sum, packet) => sum + packet.length + packetOverheadBytes, 0)
      kept.set(key, { packets, bytes, atMs: clock.now() })
      totalBytes += bytes
      for (const oldest of kept.keys()) {
        if (totalBytes <= bounds.maxBytes) return
        forget(oldest)
      }
    },
    sizeBytes: () => totalBytes,
  }
}
