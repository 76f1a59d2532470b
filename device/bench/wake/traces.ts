import type { OwnWord } from '../../src/wake/own-word.ts'
import { openOwnWord } from '../../src/wake/own-word.ts'
import { createSpeechEmbedder, embeddingChunkSamples, embeddingSize } from '../../src/wake/speech-embedding.ts'
import { armedTrigger, type Scored, stepTrigger, type TriggerRule, type WordScore } from '../../src/wake/trigger.ts'
import type { WakeDetection } from '../../src/wake/wake-word.ts'
import { embeddingsInView, openWordHead, type WordHead } from '../../src/wake/word-head.ts'

/** The scores of every hop: the networks run once, any number of rules are tried on the result. */
export type Trace = readonly Scored[]

export type Tracer = {
  readonly trace: (sound: Int16Array) => Promise<Trace>
  readonly close: () => Promise<void>
}

/** As openWakeWord drops them at its start. */
const droppedHops = 5

export const openTracer = async (words: readonly string[], own: readonly OwnWord[] = []): Promise<Tracer> => {
  const embedder = await createSpeechEmbedder()
  const heads: WordHead[] = own.map(openOwnWord)
  for (const word of words) {
    const head = await openWordHead(word, {})
    if (!head.ok) throw new Error(head.error.message)
    heads.push(head.value)
  }
  const trace = async (sound: Int16Array): Promise<Trace> => {
    embedder.reset()
    const view = new Float32Array(embeddingsInView * embeddingSize)
    for (let index = 0; index < embeddingsInView; index++) view.set(embedder.ofSilence, index * embeddingSize)
    const hops: Scored[] = []
    for (let end = embeddingChunkSamples; end <= sound.length; end += embeddingChunkSamples) {
      view.copyWithin(0, embeddingSize)
      view.set(await embedder.embed(sound.subarray(end - embeddingChunkSamples, end)), view.length - embeddingSize)
      const scores: WordScore[] = []
      for (const head of heads) scores.push({ word: head.word, score: await head.score(view) })
      hops.push({ atSample: end, scores })
    }
    return hops.slice(droppedHops)
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
