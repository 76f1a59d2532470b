import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Recogniser } from '../../../../src/speech/engines/recogniser.ts'
import { pieceSamples, sayWith, startPatientRecogniser } from './patient-recogniser.ts'

const silence = new Int16Array(8_000)

let recogniser: Recogniser
beforeAll(async () => {
  recogniser = await startPatientRecogniser()
})
afterAll(() => recogniser.close())

const hear = async (voiceName: string, text: string) => {
  const samples = await sayWith(voiceName, text)
  const session = await recogniser.open({ language: 'en', jsgf: grammarFor('en').jsgf }, new AbortController().signal)
  const sound = Int16Array.from([...silence, ...samples, ...silence])
  for (let at = 0; at < sound.length; at += pieceSamples) await session.feed(sound.subarray(at, at + pieceSamples))
  const heard = await session.finish()
  await session.close()
  return heard
}

describe.each(['cmu_us_slt', 'cmu_us_rms'])('said by %s', (voice) => {
  test.each([
    'hey jarvis stop',
    'set a timer for five minutes',
    'hey jarvis what time is it',
    'what is twelve times seven',
  ])('"%s" is a command', async (text) => {
    const heard = await hear(voice, text)
    expect(heard.outOfGrammar).toBe(false)
    expect(grammarFor('en').understand(heard.text)).toEqual(grammarFor('en').understand(text))
  })

  // The voices put other noise into each utterance: now and then one of these is taken for a command (ADR 4: of a hundred, six).
  test('what is no command is refused and comes in other words, all but one of four at most', async () => {
    const others = [
      'why does a rainbow have so many beautiful colors',
      'hey jarvis why does a rainbow have so many beautiful colors',
      // The second pass of one voice reaches no end of the grammar in this one; its first pass does.
      'what happened in the second world war',
      'hey jarvis who wrote romeo and juliet',
    ]
    const refused = []
    for (const text of others) {
      const heard = await hear(voice, text)
      if (heard.outOfGrammar) refused.push(heard)
    }
    expect(refused.length).toBeGreaterThanOrEqual(3)
    for (const { confidence, text } of refused) {
      expect(confidence).toBeLessThan(0.3)
      expect(text.split(' ').length).toBeGreaterThan(3)
    }
  }, 60_000)
})
