import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigurableWakeWord, WakeDetection } from '../../src/wake/wake-word.ts'
import { framesOf } from '../recordings.ts'

type Subject = {
  readonly name: string
  readonly open: () => Promise<ConfigurableWakeWord>
  /** Word that `open` listens for, and another that it can be told to listen for. */
  readonly word: string
  readonly otherWord: string
  /** Somebody saying the word, then half a second later something else; 16 kHz. */
  readonly saying: (word: string) => Int16Array
  readonly sayingSomethingElse: () => Int16Array
}

const silence = (ms: number) => new Int16Array(ms * 16)

/** Everything heard in the sound, with a second of silence before and two after. */
export const hearAll = async (detector: ConfigurableWakeWord, sound: Int16Array): Promise<readonly WakeDetection[]> => {
  const detections: WakeDetection[] = []
  for (const frame of framesOf(concatSamples([silence(1_000), sound, silence(2_200)]))) {
    const detection = await detector.hear(frame)
    if (detection) detections.push(detection)
  }
  return detections
}

/** What every wake word detector promises. */
export const wakeWordContract = (subject: Subject) => {
  describe(`${subject.name} as a wake word detector`, () => {
    let detector: ConfigurableWakeWord
    let heardSamples = 0
    const hear = async (sound: Int16Array) => {
      const detections = await hearAll(detector, sound)
      const startSample = heardSamples
      heardSamples += framesOf(concatSamples([silence(1_000), sound, silence(2_200)])).length * 320
      return detections.map((detection) => ({
        ...detection,
        intoSoundMs: (detection.atSample - startSample) / 16 - 1_000,
      }))
    }
    beforeAll(async () => {
      detector = await subject.open()
    })
    afterAll(() => detector.close())

    it('hears its word once per utterance, while or just after it is said', async () => {
      const sound = subject.saying(subject.word)
      const detections = await hear(sound)
      expect(detections).toHaveLength(1)
      expect(detections[0]?.word).toBe(subject.word)
      expect(detections[0]?.score).toBeGreaterThan(0)
      expect(detections[0]?.score).toBeLessThanOrEqual(1)
      expect(detections[0]?.intoSoundMs).toBeGreaterThan(200)
      expect(detections[0]?.intoSoundMs).toBeLessThan(sound.length / 16 + 500)
    })

    it('tells how much it has heard, which is where its decisions count from', async () => {
      expect(detector.samplesHeard()).toBe(heardSamples)
    })

    it('hears it again the next time', async () => {
      expect(await hear(subject.saying(subject.word))).toHaveLength(1)
    })

    it('does not wake for other speech, noise or silence', async () => {
      const random = seededRandom(7)
      const noise = Int16Array.from({ length: 32_000 }, () => (random() - 0.5) * 8_000)
      expect(await hear(concatSamples([subject.sayingSomethingElse(), noise, silence(2_000)]))).toEqual([])
    })

    it('forgets half a word on reset', async () => {
      const sound = subject.saying(subject.word)
      const firstHalf = framesOf(sound.subarray(0, 16 * 400))
      for (const frame of firstHalf) expect(await detector.hear(frame)).toBeUndefined()
      heardSamples += firstHalf.length * 320
      detector.reset()
      expect(await hear(silence(100))).toEqual([])
      expect(await hear(sound)).toHaveLength(1)
    })

    it('listens for other words as soon as it is told to', async () => {
      const changed = await detector.configure({ words: [subject.otherWord], preset: 'sensitive' })
      expect(changed.ok).toBe(true)
      expect(detector.settings()).toEqual({ words: [subject.otherWord], preset: 'sensitive' })
      expect((await hear(subject.saying(subject.otherWord))).map(({ word }) => word)).toEqual([subject.otherWord])
      expect(await hear(subject.saying(subject.word))).toEqual([])
      await detector.configure({ words: [subject.word, subject.otherWord], preset: 'normal' })
      expect((await hear(subject.saying(subject.word))).map(({ word }) => word)).toEqual([subject.word])
      expect((await hear(subject.saying(subject.otherWord))).map(({ word }) => word)).toEqual([subject.otherWord])
    })

    it('keeps its words when told to listen for one that does not exist', async () => {
      const before = detector.settings()
      const refused = await detector.configure({ words: ['no such word'], preset: 'normal' })
      expect(refused).toMatchObject({ ok: false, error: { code: 'unknown_word' } })
      expect(await detector.configure({ words: [], preset: 'normal' })).toMatchObject({ error: { code: 'no_words' } })
      expect(detector.settings()).toEqual(before)
      expect(await hear(subject.saying(subject.word))).toHaveLength(1)
    })

    it('refuses a frame of another length', async () => {
      await expect(detector.hear(new Int16Array(160))).rejects.toThrow('a frame has 320 samples, not 160')
    })

    it('is silent after it was closed, twice even', async () => {
      const closed = await subject.open()
      await closed.close()
      await closed.close()
      expect(await hearAll(closed, subject.saying(subject.word))).toEqual([])
      expect(await closed.configure(detector.settings())).toMatchObject({ error: { code: 'engine_failed' } })
    })
  })
}
