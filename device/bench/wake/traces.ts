import type { OwnWord } from '../../src/wake/own-word.ts'
import { openOwnWord } from '../../src/wake/own-word.ts'
import { createSpeechEmbedder, embeddingChunkSamples } from '../../src/wake/speech-embedding.ts'
import { armedTrigger, type Scored, stepTrigger, type TriggerRule } from '../../src/wake/trigger.ts'
import type { WakeDetection } from '../../src/wake/wake-word.ts'
import { openWordHead, type WordHead } from '../../src/wake/word-head.ts'
import { createWordScoring } from '../../src/wake/word-scores.ts'

/** The scores of every hop: the networks run once, any number of rules are tried on the result. */
export type Trace = readonly Scored[]

export type Tracer = {
  readonly trace: (sound: Int16Array) => Promise<Trace>
  readonly close: () => Promise<void>
}

export const openTracer = async (words: readonly string[], own: readonly OwnWord[] = []): Promise<Tracer> => {
  const embedder = await createSpeechEmbedder()
  const heads: WordHead[] = own.map(openOwnWord)
  for (const word of words) {
    const head = await openWordHead(word, {})
    if (!head.ok) throw new Error(head.error.message)
    heads.push(head.value)
  }
  const scoring = createWordScoring(embedder)
  const trace = async (sound: Int16Array): Promise<Trace> => {
    scoring.forget()
    const hops: Scored[] = []
    for (let end = embeddingChunkSamples; end <= sound.length; end += embeddingChunkSamples) {
      const scored = await scoring.score(sound.slice(end - embeddingChunkSamples, end), heads)
      if (scored) hops.push({ atSample: end, ...scored })
    }
    return hops
  }
  return {
    trace,
    close: async () => {
      await Promise.all([embedder.close(), ...heads.map((head) => head.close())])
    },
  }
}

export const detectionsIn = (trace: Trace, rule: TriggerRule): readonly WakeDetection[] => {
  let state = armedTrigger
  return trace.flatMap((heard) => {
    const [next, detection] = stepTrigger(state, heard, rule)
    state = next
    return detection ? [detection] : []
  })
}
