import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { voiceSpanOf } from '../../bench/spoken-turn.ts'
import type { VoiceActivityDetector } from '../../src/vad/voice-activity.ts'
import { framesOf, recording, recordings, recordingsIn } from '../recordings.ts'

type Subject = { readonly name: string; readonly open: () => Promise<VoiceActivityDetector> }

const silence = (ms: number) => new Int16Array(ms * 16)
const hiss = (ms: number, peak: number): Int16Array => {
  const random = seededRandom(11)
  return Int16Array.from({ length: ms * 16 }, () => (random() - 0.5) * 2 * peak)
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** What every voice activity detector promises. */
export const voiceActivityContract = (subject: Subject) => {
  describe(`${subject.name} as a voice activity detector`, () => {
    let detector: VoiceActivityDetector
    const probabilitiesOf = async (sound: Int16Array): Promise<readonly number[]> => {
      detector.reset()
      const probabilities: number[] = []
      for (const frame of framesOf(sound)) probabilities.push(await detector.hear(frame))
      return probabilities
    }
    beforeAll(async () => {
      detector = await subject.open()
    })
    afterAll(() => detector.close())

    it('hears no speech in silence and in the hiss of a quiet room', async () => {
      for (const sound of [silence(2_000), hiss(2_000, 30)]) {
        expect(Math.max(...(await probabilitiesOf(sound)))).toBeLessThan(0.3)
      }
    })

    it('gets used to steady noise within five seconds', async () => {
      const probabilities = await probabilitiesOf(hiss(8_000, 1_000))
      expect(mean(probabilities.slice(250))).toBeLessThan(0.2)
    })

    it.skipIf(!recordings.isMet)(
      recordings.naming('tells the words of real commands from the silence around them'),
      async () => {
        for (const file of recordingsIn('speech-en-commands').slice(0, 10)) {
          const clean = recording(file)
          const span = voiceSpanOf(clean)
          const words = clean.subarray(span.startMs * 16, span.endMs * 16)
          const probabilities = await probabilitiesOf(concatSamples([silence(1_000), words, silence(1_500)]))
          const first = 1_000 / 20
          const last = first + Math.floor(words.length / 320)
          const voiced = probabilities.slice(first, last)
          expect(voiced.filter((value) => value > 0.5).length / voiced.length).toBeGreaterThan(0.6)
          expect(Math.max(...probabilities.slice(0, first))).toBeLessThan(0.3)
          expect(Math.max(...probabilities.slice(last + 20))).toBeLessThan(0.3)
        }
      },
    )

    it.skipIf(!recordings.isMet)(recordings.naming('says the same of the same sound after a reset'), async () => {
      const sound = recording('speech-en-read/librispeech-1995-1837-0001.wav').subarray(0, 32_000)
      expect(await probabilitiesOf(sound)).toEqual(await probabilitiesOf(sound))
    })

    it('answers with a probability whatever it hears', async () => {
      const loudest = Int16Array.from({ length: 16_000 }, (_, index) => (index % 2 === 0 ? 32_767 : -32_768))
      for (const value of await probabilitiesOf(loudest)) {
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(1)
      }
    })

    it('refuses a frame of another length', async () => {
      await expect(detector.hear(new Int16Array(512))).rejects.toThrow('a frame has 320 samples, not 512')
    })

    it('may be closed twice', async () => {
      const closed = await subject.open()
      await closed.close()
      await closed.close()
    })
  })
}
