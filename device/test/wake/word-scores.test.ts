import { describe, expect, it } from 'vitest'
import { embeddingChunkSamples, embeddingSize } from '../../src/wake/speech-embedding.ts'
import { embeddingsInView, type WordHead } from '../../src/wake/word-head.ts'
import { createWordScoring } from '../../src/wake/word-scores.ts'

/** An embedding is the first sample of its chunk, so that a head can be asked what it sees. */
const embeddingOf = (chunk: Int16Array) => new Float32Array(embeddingSize).fill(chunk[0] ?? 0)
const createEmbedder = () => {
  const supposed: number[][] = []
  return {
    supposed,
    embedder: {
      embed: async (chunk: Int16Array) => embeddingOf(chunk),
      supposing: async (chunks: readonly Int16Array[]) => {
        supposed.push(chunks.map((chunk) => chunk[0] ?? 0))
        return chunks.map(embeddingOf)
      },
      reset: () => {},
      ofSilence: new Float32Array(embeddingSize),
    },
  }
}
const chunkOf = (value: number) => new Int16Array(embeddingChunkSamples).fill(value)
const newestOf = (view: Float32Array) =>
  Array.from({ length: embeddingsInView }, (_, index) => view[index * embeddingSize] ?? 0)
/** Says 0.9 of the sound 7 with at least `after` quieter chunks behind it, 0.01 of 7 itself, and else nothing. */
const headThatWaits = (after: number, isTrained = true): WordHead => ({
  word: 'seven',
  isTrained,
  score: async (view) => {
    const seen = newestOf(view)
    const at = seen.lastIndexOf(7)
    if (at < 0) return 0
    return seen.length - 1 - at >= after ? 0.9 : 0.01
  },
  close: async () => {},
})

describe('what words come to', () => {
  it('is nothing until enough was heard, and again after it was told to forget', async () => {
    const scoring = createWordScoring(createEmbedder().embedder)
    const heard = []
    for (let chunk = 0; chunk < 7; chunk++) heard.push(await scoring.score(chunkOf(1), [headThatWaits(1)]))
    expect(heard.map((scored) => scored !== undefined)).toEqual([false, false, false, false, false, true, true])
    scoring.forget()
    expect(await scoring.score(chunkOf(1), [headThatWaits(1)])).toBeUndefined()
  })

  it('is asked as if the quietest of the last two seconds followed, when there may be a word', async () => {
    const { embedder, supposed } = createEmbedder()
    const scoring = createWordScoring(embedder)
    for (const value of [9, 2, 3, 9, 9, 9]) await scoring.score(chunkOf(value), [headThatWaits(2)])
    expect(supposed).toEqual([])
    const now = await scoring.score(chunkOf(7), [headThatWaits(2), headThatWaits(1)])
    expect(now?.scores).toEqual([
      { word: 'seven', score: 0.01, scoreIfOver: 0.9 },
      { word: 'seven', score: 0.01, scoreIfOver: 0.9 },
    ])
    // Once for all heads.
    expect(supposed).toEqual([[2, 2, 2, 2]])
    const next = await scoring.score(chunkOf(9), [headThatWaits(5)])
    expect(next?.scores).toEqual([{ word: 'seven', score: 0.01, scoreIfOver: 0.9 }])
    expect((await scoring.score(chunkOf(9), [headThatWaits(7)]))?.scores).toEqual([
      { word: 'seven', score: 0.01, scoreIfOver: 0.01 },
    ])
  })

  it('is not supposed of a word that its owner recorded', async () => {
    const { embedder, supposed } = createEmbedder()
    const scoring = createWordScoring(embedder)
    for (const value of [1, 1, 1, 1, 1]) await scoring.score(chunkOf(value), [])
    expect(await scoring.score(chunkOf(7), [headThatWaits(1, false)])).toMatchObject({
      scores: [{ word: 'seven', score: 0.01 }],
    })
    expect(supposed).toEqual([])
  })

  it('comes with how far the voice stands out', async () => {
    const scoring = createWordScoring(createEmbedder().embedder)
    for (let chunk = 0; chunk < 25; chunk++) await scoring.score(chunkOf(100), [])
    for (let chunk = 0; chunk < 8; chunk++) await scoring.score(chunkOf(3_162), [])
    expect((await scoring.score(chunkOf(3_162), []))?.prominenceDb).toBeCloseTo(30, 0)
  })
})
