import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SpokenAudio, TextToSpeech, TextToSpeechRequest } from '../../../src/providers/stages.ts'
import { collect, never } from '../../speech/speech-server-fixture.ts'

export type VoiceUnderTest = {
  readonly tts: TextToSpeech
  /** A sentence that takes between a quarter of a second and ten seconds to say. */
  readonly request: TextToSpeechRequest
  readonly close: () => Promise<void>
}

const durationMs = (pieces: readonly SpokenAudio[]): number =>
  pieces.reduce((sum, { samples, sampleRateHz }) => sum + (samples.length / sampleRateHz) * 1_000, 0)

/** What every voice promises. */
export const describeTextToSpeech = (name: string, start: () => Promise<VoiceUnderTest>): void => {
  describe(`${name} as a voice`, () => {
    let under: VoiceUnderTest
    beforeAll(async () => {
      under = await start()
    })
    afterAll(async () => under.close())

    it('speaks in pieces of one rate', async () => {
      const pieces = await collect(under.tts.synthesize(under.request, never()))
      expect(pieces.length).toBeGreaterThan(1)
      expect(new Set(pieces.map(({ sampleRateHz }) => sampleRateHz)).size).toBe(1)
      expect(durationMs(pieces)).toBeGreaterThan(250)
      expect(durationMs(pieces)).toBeLessThan(10_000)
      expect(pieces.some(({ samples }) => samples.some((sample) => Math.abs(sample) > 1_000))).toBe(true)
    })

    it('says the same twice', async () => {
      const [first, second] = [
        await collect(under.tts.synthesize(under.request, never())),
        await collect(under.tts.synthesize(under.request, never())),
      ]
      expect(durationMs(second)).toBeCloseTo(durationMs(first), 3)
    })

    it('says nothing in a turn that is aborted already', async () => {
      expect(await collect(under.tts.synthesize(under.request, AbortSignal.abort()))).toEqual([])
    })

    it('ends quietly when it is aborted in the middle, and speaks again', async () => {
      const abort = new AbortController()
      let pieces = 0
      for await (const _ of under.tts.synthesize(under.request, abort.signal)) {
        pieces++
        abort.abort()
      }
      expect(pieces).toBe(1)
      expect((await collect(under.tts.synthesize(under.request, never()))).length).toBeGreaterThan(1)
    })

    it('refuses a text without a letter or digit', async () => {
      const work = collect(under.tts.synthesize({ ...under.request, text: '...' }, never()))
      await expect(work).rejects.toMatchObject({ stage: 'tts', code: 'refused' })
    })
  })
}
