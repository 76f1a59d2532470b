import { loadFliteVoice } from '@mynah/cloud/speech/engines/flite/library.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grammarFor } from '../../../src/dialogue/grammar/grammar.ts'
import { bindSphinx } from '../../../src/speech/pocketsphinx/binding.ts'
import { type Decoder, openDecoder } from '../../../src/speech/pocketsphinx/decoder.ts'
import { compileFsg } from '../../../src/speech/pocketsphinx/fsg.ts'
import { prepareGrammar } from '../../../src/speech/pocketsphinx/grammar.ts'
import { findEnglishModel } from '../../../src/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '../../../src/speech/pocketsphinx/pronunciations.ts'
import { grammarSettings } from '../../../src/speech/pocketsphinx/settings.ts'

const fsgFor = (jsgf: string): string => {
  const fsg = compileFsg(jsgf)
  if (!fsg.ok) throw new Error(fsg.error.message)
  return fsg.value.text
}

/** Never a grammar, so that what is recognised with it can only come from the compiled one. */
const noJsgf = 'not a grammar'

describe('the engine with a compiled grammar', () => {
  let decoder: Decoder
  beforeAll(async () => {
    const model = findEnglishModel()
    if (!model) throw new Error('the English model is not installed: apt-get install pocketsphinx-en-us')
    decoder = await openDecoder(bindSphinx(), grammarSettings(model), 4)
  })
  afterAll(() => decoder.close())

  it('recognises a spoken command of ours', async () => {
    const vocabulary = {
      has: (word: string) => decoder.lookUpWord(word) !== undefined,
      learn: (word: string) => {
        const phones = englishPronunciations[word]
        return phones !== undefined && decoder.addWord(word, phones)
      },
    }
    const { jsgf } = prepareGrammar(grammarFor('en').jsgf, 'en', vocabulary)
    await decoder.select('ours', { type: 'grammar', jsgf: noJsgf, fsg: fsgFor(jsgf) })
    const voice = loadFliteVoice('cmu_us_slt')
    if (!voice) throw new Error('flite is not installed: apt-get install libflite1')
    const { samples } = await voice.say('set a timer for five minutes')
    expect((await decoder.decodeWhole(samples))?.text).toBe('set a timer for five minutes')
  })

  it('takes the grammar as it is when it could not be compiled', async () => {
    await decoder.select('plain', { type: 'grammar', jsgf: '#JSGF V1.0;\ngrammar g;\npublic <s> = one <s> | two ;\n' })
    expect(await decoder.reselect('plain')).toBe(true)
  })

  it('refuses what it cannot read, and goes on with what it had', async () => {
    const broken = { type: 'grammar', jsgf: noJsgf, fsg: 'FSG_BEGIN broken\nNUM_STATES none\n' } as const
    await expect(decoder.select('broken', broken)).rejects.toThrow('could not compile the grammar')
    expect(await decoder.reselect('plain')).toBe(true)
  })
})
