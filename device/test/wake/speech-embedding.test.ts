import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createSpeechEmbedder,
  embeddingChunkSamples,
  embeddingSize,
  type SpeechEmbedder,
} from '../../src/wake/speech-embedding.ts'

const tone = (hertz: number) =>
  Int16Array.from({ length: embeddingChunkSamples }, (_, index) => 8_000 * Math.sin((index * hertz * Math.PI) / 8_000))

const sameAs = (left: Float32Array, right: Float32Array | undefined) =>
  right !== undefined && left.every((value, index) => value === right[index])

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

  it('stay fresh through a quiet room, though not each of its chunks is looked at, and hear the first sound at once', async () => {
    const noise = (seed: number) =>
      Int16Array.from({ length: embeddingChunkSamples }, (_, index) =>
        Math.round(15 * Math.sin(index * (index + seed))),
      )
    embedder.reset()
    const heard: Float32Array[] = []
    for (let chunk = 0; chunk < 25; chunk++) heard.push(await embedder.embed(noise(chunk)))
    const changes = heard.map((embedding, chunk) => chunk > 0 && !sameAs(embedding, heard[chunk - 1]))
    expect(changes.slice(1, 10), 'while the view still holds what came before').toEqual(new Array(9).fill(true))
    expect(changes.slice(13).filter(Boolean).length).toBe(4)
    const quiet = heard.at(-1)
    expect(sameAs(await embedder.embed(tone(440)), quiet)).toBe(false)
    const [first, second] = [await embedder.embed(noise(1)), await embedder.embed(noise(2))]
    expect(sameAs(first, second), 'the tone is still in view').toBe(false)
  })

  it('refuse a chunk of another length', async () => {
    await expect(embedder.embed(new Int16Array(320))).rejects.toThrow('a chunk of 1280 samples, not 320')
  })
})
