import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { captureFrameSamples } from '../audio/ports.ts'
import { createProminence } from './prominence.ts'
import { embeddingSize, type SpeechEmbedder } from './speech-embedding.ts'
import type { Scored, WordScore } from './trigger.ts'
import { embeddingsInView, type WordHead } from './word-head.ts'

/** What the heads make of captured sound, every 80 ms. Await each call before the next. */
export type WordScoring = {
  /** `chunk` is Int16Array(1280), 16 kHz, and follows the one before. Undefined until enough was heard after a start. */
  readonly score: (chunk: Int16Array, heads: readonly WordHead[]) => Promise<Omit<Scored, 'atSample'> | undefined>
  /** Forgets what was heard. */
  readonly forget: () => void
}

// Until the view holds more real sound than start-up the heads may say anything: openWakeWord `Model.predict` drops as many.
const chunksDroppedAtStart = 5
/** A trained head is sure of a word only with some of what follows it in view. From here up it is asked what it would say then. */
const worthSupposing = 0.005
/** 320 ms: after two the last of twenty decisions were later than 200 ms behind the word, after five they begin to come far before its end. */
const chunksSupposed = 4
/** 2 s, of which the quietest chunk stands for what would follow. */
const chunksRemembered = 25

export const createWordScoring = (
  embedder: Pick<SpeechEmbedder, 'embed' | 'supposing' | 'reset' | 'ofSilence'>,
): WordScoring => {
  const view = new Float32Array(embeddingsInView * embeddingSize)
  const prominence = createProminence()
  let recent: Int16Array[] = []
  let chunksToDrop = 0

  const forget = () => {
    for (let index = 0; index < embeddingsInView; index++) view.set(embedder.ofSilence, index * embeddingSize)
    embedder.reset()
    prominence.forget()
    recent = []
    chunksToDrop = chunksDroppedAtStart
  }
  forget()

  const remember = (chunk: Int16Array) => {
    for (let start = 0; start < chunk.length; start += captureFrameSamples) {
      prominence.hear(chunk.subarray(start, start + captureFrameSamples))
    }
    recent.push(chunk)
    if (recent.length > chunksRemembered) recent.shift()
  }
  /** The views of the next chunks, were the room as quiet in them as it was a moment ago. */
  const viewsIfOver = async (): Promise<readonly Float32Array[]> => {
    const quietest = recent.reduce((quiet, one) => (levelDbfs(one) < levelDbfs(quiet) ? one : quiet))
    const following = await embedder.supposing(Array.from({ length: chunksSupposed }, () => quietest))
    return following.map((_, index) => {
      const later = new Float32Array(view.length)
      const kept = embeddingsInView - index - 1
      later.set(view.subarray((index + 1) * embeddingSize))
      for (let at = 0; at <= index; at++) later.set(following[at] ?? [], (kept + at) * embeddingSize)
      return later
    })
  }
  const likeliestOver = async (head: WordHead, views: readonly Float32Array[]): Promise<number> => {
    let likeliest = 0
    for (const later of views) likeliest = Math.max(likeliest, await head.score(later))
    return likeliest
  }

  return {
    forget,
    score: async (chunk, heads) => {
      remember(chunk)
      const newest = await embedder.embed(chunk)
      view.copyWithin(0, embeddingSize)
      view.set(newest, view.length - embeddingSize)
      if (chunksToDrop > 0) {
        chunksToDrop--
        return undefined
      }
      const scores: WordScore[] = []
      let views: readonly Float32Array[] | undefined
      for (const head of heads) {
        const score = await head.score(view)
        if (head.isTrained && score >= worthSupposing) {
          views ??= await viewsIfOver()
          scores.push({ word: head.word, score, scoreIfOver: await likeliestOver(head, views) })
        } else scores.push({ word: head.word, score })
      }
      return { scores, prominenceDb: prominence.db() }
    },
  }
}
