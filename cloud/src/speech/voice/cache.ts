import type { SpeakRequest, Speech, Synthesiser } from '../engines/synthesiser.ts'

export type SpeechCacheLimits = {
  readonly maxBytes: number
  /** Longer texts are rarely said twice. */
  readonly maxTextLength: number
}

type Entry = { readonly pieces: readonly Speech[]; readonly sizeBytes: number }

const keyOf = ({ text, language, voice }: SpeakRequest): string => JSON.stringify([language, voice ?? '', text])

const sizeOf = (pieces: readonly Speech[]): number => pieces.reduce((sum, { samples }) => sum + samples.byteLength, 0)

/**
 * Keeps what short texts sound like, the least recently said goes first; only texts spoken to their end, and not by a stand-in: the
 * voice that should speak may do so again the next time.
 */
export const cacheSpeech = (
  synthesiser: Synthesiser,
  limits: SpeechCacheLimits,
): Synthesiser & { readonly cachedBytes: () => number } => {
  const entries = new Map<string, Entry>()
  let totalBytes = 0
  const forget = (key: string) => {
    totalBytes -= entries.get(key)?.sizeBytes ?? 0
    entries.delete(key)
  }
  const keep = (key: string, pieces: readonly Speech[]) => {
    const sizeBytes = sizeOf(pieces)
    if (sizeBytes === 0 || sizeBytes > limits.maxBytes || pieces.some(({ isStandIn }) => isStandIn)) return
    forget(key)
    entries.set(key, { pieces, sizeBytes })
    totalBytes += sizeBytes
    for (const oldest of entries.keys()) {
      if (totalBytes <= limits.maxBytes) return
      forget(oldest)
    }
  }
  return {
    ...synthesiser,
    cachedBytes: () => totalBytes,
    speak: async function* (request, signal) {
      if (request.text.length > limits.maxTextLength) {
        yield* synthesiser.speak(request, signal)
        return
      }
      const key = keyOf(request)
      const known = entries.get(key)
      if (known) {
        entries.delete(key)
        entries.set(key, known)
        for (const piece of known.pieces) if (!signal.aborted) yield piece
        return
      }
      const pieces: Speech[] = []
      for await (const piece of synthesiser.speak(request, signal)) {
        pieces.push(piece)
        yield piece
      }
      if (!signal.aborted) keep(key, pieces)
    },
  }
}
