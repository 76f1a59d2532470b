import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SpeechToText, SpeechToTextRequest } from '../../../src/providers/stages.ts'
import { collect, inFrames, never } from '../../speech/speech-server-fixture.ts'

export type RecognitionUnderTest = {
  readonly stt: SpeechToText
  readonly request: SpeechToTextRequest
  /** Speech at 16 kHz of some words, the words, and nothing else. */
  readonly speech: Int16Array
  readonly text: string
  readonly close: () => Promise<void>
}

/** What every recogniser promises. */
export const describeSpeechToText = (name: string, start: () => Promise<RecognitionUnderTest>): void => {
  describe(`${name} as a recogniser`, () => {
    let under: RecognitionUnderTest
    beforeAll(async () => {
      under = await start()
    })
    afterAll(async () => under.close())

    const transcribe = (samples: Int16Array, signal = never()) =>
      under.stt.transcribe(inFrames(samples), under.request, signal)

    it('gives partials that grow, then exactly one final', async () => {
      const transcripts = await collect(transcribe(under.speech))
      expect(transcripts.filter(({ final }) => final)).toHaveLength(1)
      expect(transcripts.at(-1)).toMatchObject({ final: true, text: under.text })
      const partials = transcripts.slice(0, -1)
      expect(partials.length).toBeGreaterThan(0)
      expect(partials.every(({ text }) => text !== '')).toBe(true)
    })

    it('gives one empty final for silence', async () => {
      const transcripts = await collect(transcribe(new Int16Array(16_000)))
      expect(transcripts.map(({ final }) => final)).toEqual([true])
      expect(transcripts[0]?.text).toBe('')
    })

    it('gives one empty final for no sound at all', async () => {
      expect(await collect(transcribe(new Int16Array(0)))).toMatchObject([{ text: '', final: true }])
    })

    it('gives nothing for a turn that is aborted already', async () => {
      expect(await collect(transcribe(under.speech, AbortSignal.abort()))).toEqual([])
    })

    it('ends quietly when it is aborted in the middle, and hears the next utterance', async () => {
      const abort = new AbortController()
      const transcripts: boolean[] = []
      for await (const { final } of transcribe(under.speech, abort.signal)) {
        transcripts.push(final)
        abort.abort()
      }
      expect(transcripts).toEqual([false])
      expect((await collect(transcribe(under.speech))).at(-1)?.text).toBe(under.text)
    })

    it('lets go of audio that never ends when its reader leaves', async () => {
      let asked = 0
      const endless = async function* () {
        for (;;) {
          asked++
          yield under.speech.subarray(0, 3_200)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      for await (const transcript of under.stt.transcribe(endless(), under.request, never())) {
        if (!transcript.final) break
      }
      await new Promise((resolve) => setImmediate(resolve))
      const afterLeaving = asked
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(asked - afterLeaving).toBeLessThan(5)
    })

    it('hears several utterances at once, each its own', async () => {
      const [spoken, silent] = await Promise.all([
        collect(transcribe(under.speech)),
        collect(transcribe(new Int16Array(8_000))),
      ])
      expect(spoken?.at(-1)?.text).toBe(under.text)
      expect(silent?.at(-1)?.text).toBe('')
    })
  })
}
