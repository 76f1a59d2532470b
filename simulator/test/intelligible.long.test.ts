import { describe, expect, test } from 'vitest'
import { both, programNamed } from '../../test/requirement.ts'
import { intelligibilityOf } from '../src/intelligible.ts'
import { sayText, type Utterance } from '../src/person.ts'

const signal = new AbortController().signal
const engines = both(programNamed('pocketsphinx_continuous', 'pocketsphinx'), programNamed('flite'))

const said = async (text: string): Promise<Utterance> => {
  const utterance = await sayText({ text, language: 'en' }, signal)
  if (!utterance.ok) throw new Error(utterance.error.message)
  return utterance.value
}
const judged = async (samples: Int16Array, text: string) => {
  const found = await intelligibilityOf({ samples, sampleRateHz: 16_000, text }, signal)
  if (!found.ok) throw new Error(found.error.message)
  return found.value
}
/** 60 of every 200 ms are lost. */
const withGaps = (samples: Int16Array): Int16Array => samples.map((sample, at) => (at % 3_200 < 960 ? 0 : sample))

/** A sentence of which the ear makes "it's foreign foreign mining" in this voice. */
const hard = "It's four oh four in the morning."

describe.skipIf(!engines.isMet)(engines.naming('sound that says a text'), () => {
  test('is understood by its words', async () => {
    const { samples } = await said('Timer set for ten minutes.')
    expect(await judged(samples, 'Timer set for ten minutes.')).toMatchObject({ by: 'words' })
  })

  test('is understood as well when the ear mishears it in a clean voice too', async () => {
    const { samples } = await said(hard)
    expect(await judged(samples, hard)).toMatchObject({ by: 'clean_voice', heard: expect.stringContaining('foreign') })
  })

  // An ear listens four times before it gives up, each a process that loads its models.
  test('is not what was disturbed', async () => {
    const { samples } = await said(hard)
    expect(await judged(withGaps(samples), hard)).toMatchObject({ by: 'nothing' })
  }, 120_000)

  test('is not another sentence, nor silence', async () => {
    const other = await said('You have no timers at the moment.')
    expect(await judged(other.samples, hard)).toMatchObject({ by: 'nothing' })
    expect(await judged(new Int16Array(16_000), hard)).toMatchObject({ by: 'nothing' })
  }, 120_000)
})
