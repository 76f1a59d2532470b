import { describe, expect, it } from 'vitest'
import { hearTurn, inNoise, turnOf } from '../../bench/spoken-turn.ts'
import { createSileroVad } from '../../src/vad/silero.ts'
import { framesOf, kitchenNoise, recording, recordings, recordingsIn } from '../recordings.ts'
import { voiceActivityContract } from './contract.ts'

voiceActivityContract({ name: 'Silero', open: createSileroVad })

describe('Silero', () => {
  it.skipIf(!recordings.isMet)(recordings.naming('hears commands in kitchen noise 6 dB below the voice'), async () => {
    const vad = await createSileroVad()
    const noise = kitchenNoise()
    for (const file of recordingsIn('speech-en-commands').slice(0, 10)) {
      const turn = inNoise(turnOf(file, recording(file), 1_000), noise, { snrDb: 6, offsetSamples: 16_000 })
      const heard = await hearTurn(turn, vad)
      const voiced = heard.filter(({ atMs }) => atMs > turn.speechStartMs && atMs <= turn.speechEndMs)
      expect(voiced.filter(({ speechProbability }) => speechProbability > 0.5).length / voiced.length).toBeGreaterThan(
        0.75,
      )
    }
    await vad.close()
  })

  it.skipIf(!recordings.isMet)(
    recordings.naming('gives the same answers when frames come faster than they are analysed'),
    async () => {
      const frames = framesOf(recording('speech-en-read/librispeech-1995-1837-0001.wav').subarray(0, 32_000))
      const [eager, patient] = [await createSileroVad(), await createSileroVad()]
      const together = await Promise.all(frames.map((frame) => eager.hear(frame)))
      const oneByOne: number[] = []
      for (const frame of frames) oneByOne.push(await patient.hear(frame))
      await Promise.all([eager.close(), patient.close()])
      expect(together).toEqual(oneByOne)
    },
  )
})
