import { expect, test } from 'vitest'
import { createSherpaSynthesiser } from '../../../src/speech/engines/sherpa/synthesiser.ts'
import { collect, never } from '../speech-server-fixture.ts'

test('a voice that could not be loaded just now is loaded for the next sentence', async () => {
  let loads = 0
  class OfflineTts {
    readonly sampleRate = 16_000
    static async createAsync(): Promise<OfflineTts> {
      loads += 1
      if (loads === 1) throw new Error('out of memory')
      return new OfflineTts()
    }
    async generateAsync({
      onProgress,
    }: {
      onProgress: (piece: { samples: Float32Array; progress: number }) => boolean
    }) {
      const samples = new Float32Array(1_600).fill(0.1)
      onProgress({ samples, progress: 1 })
      return { samples, sampleRate: this.sampleRate }
    }
  }
  const voice = createSherpaSynthesiser({
    addon: { OfflineTts },
    name: 'voice',
    languages: ['en'],
    dir: '/models/voice',
    engine: { type: 'vits', model: 'model.onnx', tokens: 'tokens.txt' },
  })
  const say = () => collect(voice.speak({ text: 'hello', language: 'en' }, never()))
  await expect(say()).rejects.toThrow('out of memory')
  expect((await say()).length).toBeGreaterThan(0)
  await say()
  expect(loads).toBe(2)
})
