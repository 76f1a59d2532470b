import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { bindSphinx } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { findEnglishModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '@mynah/shared/speech/pocketsphinx/pronunciations.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFliteVoice } from '../../../../src/speech/engines/flite/library.ts'
import { defaultSphinxLimits } from '../../../../src/speech/engines/pocketsphinx/limits.ts'
import { createSphinxRecogniser } from '../../../../src/speech/engines/pocketsphinx/recogniser.ts'
import type { Recogniser } from '../../../../src/speech/engines/recogniser.ts'

const pieceSamples = 960
const silence = new Int16Array(8_000)

let recogniser: Recogniser
beforeAll(async () => {
  const model = findEnglishModel()
  if (!model) throw new Error('pocketsphinx-en-us is not installed: npm test installs it')
  recogniser = createSphinxRecogniser({
    binding: bindSphinx(),
    clock: systemClock,
    log: silentLog,
    language: 'en',
    model,
    pronunciations: englishPronunciations,
    // However busy the machine is, the judgement is waited for.
    limits: { ...defaultSphinxLimits, rejectionBudgetMs: 20_000, openTextBudgetMs: 20_000 },
  })
  await recogniser.warm()
})
afterAll(() => recogniser.close())

const hear = async (voiceName: string, text: string) => {
  const voice = loadFliteVoice(voiceName)
  if (!voice) throw new Error(`the voice ${voiceName} is not installed: npm test installs it`)
  const { samples } = await voice.say(text)
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

  test.each([
    'why does a rainbow have so many beautiful colors',
    'hey jarvis why does a rainbow have so many beautiful colors',
    // The second pass of one voice reaches no end of the grammar in this one; its first pass does.
    'what happened in the second world war',
    'hey jarvis who wrote romeo and juliet',
  ])('"%s" is none, and comes in other words', async (text) => {
    const heard = await hear(voice, text)
    expect(heard.outOfGrammar).toBe(true)
    expect(heard.confidence).toBeLessThan(0.3)
    expect(heard.text.split(' ').length).toBeGreaterThan(3)
  })
})
