import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createSpeechEmbedder,
  embeddingChunkSamples,
  embeddingSize,
  type SpeechEmbedder,
} from '../../src/wake/speech-embedding.ts'

const tone = (hertz: number) =>
  Int16Array.from({ length: embeddingChunkSamples }, (_, index) => 8_000 * Math.sin((index * hertz * Math.PI) / 8_000))

describe('speech embeddings', () => {
  let embedder: SpeechEmbedder
  beforeAll(async () => {
    embedder = await createSpeechEmbedder()
  })
  afterAll(() => embedder.close())

  it('say of silence what they said of it before anything was heard', async () => {
    for (let chunk = 0; chunk < 12; chunk++) {
      const heard = await embedder.embed(new Int16Array(embeddingChunkSamples))
      expect(heard).toHaveLength(embeddingSize)
      for (const [index, value] of heard.entries()) expect(value).toBeCloseTo(embedder.ofSilence[index] ?? 0, 3)
    }
  })

  it('remember the sound before a chunk, and forget it on reset', async () => {
    embedder.reset()
    const fresh = await embedder.embed(tone(440))
    const after = await embedder.embed(tone(440))
    embedder.reset()
    expect(await embedder.embed(tone(440))).toEqual(fresh)
    expect(after).not.toEqual(fresh)
  })

  it('are new for each chunk, in a quiet room too', async () => {
    const noise = (seed: number) =>
      Int16Array.from({ length: embeddingChunkSamples }, (_, index) =>
        Math.round(15 * Math.sin(index * (index + seed))),
      )
    embedder.reset()
    const heard: Float32Array[] = []
    for (let chunk = 0; chunk < 25; chunk++) heard.push(await embedder.embed(noise(chunk)))
    expect(new Set(heard.map((embedding) => embedding.join())).size).toBe(heard.length)
  })

  it('can be had of sound that only might follow, which is then as if it had not been asked', async () => {
    embedder.reset()
    await embedder.embed(tone(440))
    const [first, second] = await embedder.supposing([tone(660), tone(880)])
    await expect(embedder.supposing([tone(200), new Int16Array(320)])).rejects.toThrow('a chunk of 1280 samples')
    expect(await embedder.embed(tone(660))).toEqual(first)
    expect(await embedder.embed(tone(880))).toEqual(second)
  })

  it('refuse a chunk of another length', async () => {
    await expect(embedder.embed(new Int16Array(320))).rejects.toThrow('a chunk of 1280 samples, not 320')
  })
})
