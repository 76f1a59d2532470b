import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { expect, test } from 'vitest'
import { wavChunks } from '../../src/gateway/wav-stream.ts'
import type { SpokenAudio } from '../../src/providers/stages.ts'

async function* spoken(...pieces: readonly SpokenAudio[]) {
  yield* pieces
}
const collect = async (audio: AsyncIterable<SpokenAudio>) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of wavChunks(audio)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('pieces become one WAV whose samples are the pieces', async () => {
  const bytes = await collect(
    spoken(
      { samples: Int16Array.of(1, -2, 32_767), sampleRateHz: 24_000 },
      { samples: Int16Array.of(-32_768, 5), sampleRateHz: 24_000 },
    ),
  )
  expect(decodeWav(bytes)).toEqual({
    ok: true,
    value: { samples: Int16Array.of(1, -2, 32_767, -32_768, 5), sampleRateHz: 24_000 },
  })
})

test('a piece of another rate is brought to the first one’s', async () => {
  const second = { samples: new Int16Array(1_600).fill(1_000), sampleRateHz: 16_000 }
  const wav = decodeWav(await collect(spoken({ samples: new Int16Array(2_400), sampleRateHz: 24_000 }, second)))
  expect(wav).toMatchObject({ ok: true, value: { sampleRateHz: 24_000 } })
  const length = wav.ok ? wav.value.samples.length : 0
  expect(length).toBeGreaterThan(4_500)
  expect(length).toBeLessThanOrEqual(4_800)
})

test('a voice that says nothing makes no file', async () => {
  expect(await collect(spoken())).toHaveLength(0)
})
