import { concatSamples, mixInto } from '@mynah/shared/audio/pcm.ts'
import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { both, testDataAt } from '../../../../../test/requirement.ts'
import type { SpokenWake } from '../../../../src/speech/contract/spoken-wake.ts'
import { pastWake } from '../../../../src/speech/engines/pocketsphinx/past-wake.ts'
import type { Recogniser } from '../../../../src/speech/engines/recogniser.ts'
import { dataPath, recording } from '../../speech-server-fixture.ts'
import { pieceSamples, sayWith, startPatientMandarinRecogniser, startPatientRecogniser } from './patient-recogniser.ts'

const wake = { text: 'hey jarvis', preRollMs: 1_500 }
/** A tone of so many milliseconds, or near silence: 16 kHz. */
const tone = (lengthMs: number) => Int16Array.from({ length: lengthMs * 16 }, (_, at) => 8_000 * Math.sin(at / 5))
const hush = (lengthMs: number) => new Int16Array(lengthMs * 16).fill(3)

describe('a session past its wake word', () => {
  const scripted = (texts: readonly string[], before: SpokenWake = wake) => {
    const fed: number[] = []
    const session = pastWake(
      {
        feed: async (samples) => {
          fed.push(samples.length)
          return texts[fed.length - 1] ?? ''
        },
        finish: async () => ({ text: texts.at(-1) ?? '', confidence: 0.9 }),
        close: async () => {},
      },
      before,
    )
    return { fed, session }
  }
  it('hears nothing of the word, everything after it, and writes the word in front', async () => {
    const { fed, session } = scripted(['', '现在', '现在几点'])
    const sound = concatSamples([tone(1_480), hush(200), tone(600)])
    const said: string[] = []
    for (let at = 0; at < sound.length; at += 1_600) said.push(await session.feed(sound.subarray(at, at + 1_600)))
    expect(fed.reduce((sum, length) => sum + length, 0)).toBe(sound.length - 1_490 * 16)
    expect(new Set(said)).toEqual(new Set(['', 'hey jarvis 现在', 'hey jarvis 现在几点']))
    expect(await session.finish()).toEqual({ text: 'hey jarvis 现在几点', confidence: 0.9 })
  })
  it('writes nothing in front where nobody can spell the word', async () => {
    const { session } = scripted(['现在几点'], { preRollMs: wake.preRollMs })
    expect(await session.feed(concatSamples([tone(1_480), hush(200), tone(600)]))).toBe('现在几点')
    expect((await session.finish()).text).toBe('现在几点')
  })
  it('that ends early hears what there is; what was not understood is not the word either', async () => {
    const { fed, session } = scripted([''])
    await session.feed(concatSamples([tone(1_480), hush(100)]))
    expect(fed).toEqual([])
    expect(await session.finish()).toEqual({ text: '', confidence: 0.9 })
    expect(fed).toEqual([90 * 16])
  })
})

const zhModelDir = dataPath('pocketsphinx-zh')
const mandarin = both(testDataAt('pocketsphinx-zh'), testDataAt('speech-zh'))

describe.skipIf(!mandarin.isMet)(mandarin.naming('Mandarin after an English wake word'), () => {
  let recogniser: Recogniser
  beforeAll(async () => {
    recogniser = await startPatientMandarinRecogniser(zhModelDir)
  })
  afterAll(() => recogniser.close())

  /** As a speaker sends it: the word ends where the pre-roll does, in the noise of a quiet room. */
  const heard = async (file: string, of: { readonly wake?: typeof wake }, by = recogniser): Promise<string> => {
    const word = await sayWith('cmu_us_slt', 'hey jarvis')
    const before = new Int16Array(Math.max(0, 1_450 * 16 - word.length))
    const command = await recording(`speech-zh/spliced-commands/${file}`)
    const sound = concatSamples([before, word, hush(120), command, hush(500)])
    mixInto(
      sound,
      Int16Array.from(sound, (_, at) => ((at * 7_919) % 41) - 20),
    )
    const session = await by.open({ language: 'zh', jsgf: grammarFor('zh').jsgf, ...of }, new AbortController().signal)
    for (let at = 0; at < sound.length; at += pieceSamples) await session.feed(sound.subarray(at, at + pieceSamples))
    const { text } = await session.finish()
    await session.close()
    return text
  }

  const commands = [
    ['zr1.wav', '现在几点'],
    ['zr8.wav', '声音大一点'],
    ['zr10.wav', '取消提醒'],
  ] as const
  it.each(commands)('%s is understood as %s', async (file, said) => {
    expect((await heard(file, { wake })).replace(/了$/, '')).toBe(`hey jarvis ${said}`)
  })
  it('is mostly another command where the word is not passed over', async () => {
    const right: string[] = []
    for (const [file, said] of commands) {
      // New for each: a decoder takes its idea of the room along, and hears the same sound better the second time.
      const fresh = await startPatientMandarinRecogniser(zhModelDir)
      if ((await heard(file, {}, fresh)).replace(/^嘿?贾维斯/, '').replace(/了$/, '') === said) right.push(file)
      await fresh.close()
    }
    expect(right.length).toBeLessThan(2)
  })
})

describe.skipIf(!mandarin.isMet)(mandarin.naming('a request after a Mandarin word of its owner'), () => {
  const near = new AbortController().signal
  const heardBy = async (recogniser: Recogniser, language: 'en' | 'zh', command: Int16Array) => {
    const said = async (of: { readonly wake?: SpokenWake }) => {
      // 1.5 s of it lie before its end, where the speaker decides; the recording is silent at its edges.
      const word = await recording('speech-zh/wake-xiaozhi/pr4.wav')
      const loud = (sample: number) => Math.abs(sample) > 300
      const spoken = word.slice(word.findIndex(loud), word.findLastIndex(loud) + 1)
      const sound = concatSamples([hush(1_500), spoken, hush(200), command, hush(500)]).slice(spoken.length)
      const session = await recogniser.open({ language, jsgf: grammarFor(language).jsgf, ...of }, near)
      for (let at = 0; at < sound.length; at += pieceSamples) await session.feed(sound.subarray(at, at + pieceSamples))
      const { text } = await session.finish()
      await session.close()
      return text.replace(/了$/, '')
    }
    return { passed: await said({ wake: { preRollMs: 1_500 } }), left: await said({}) }
  }
  it('is understood in English', async () => {
    const recogniser = await startPatientRecogniser()
    const { passed, left } = await heardBy(recogniser, 'en', await sayWith('cmu_us_slt', 'what time is it'))
    await recogniser.close()
    expect(passed).toBe('what time is it')
    expect(left).not.toBe(passed)
  })
  it('is understood in Mandarin', async () => {
    const recogniser = await startPatientMandarinRecogniser(zhModelDir)
    const { passed, left } = await heardBy(recogniser, 'zh', await recording('speech-zh/spliced-commands/zr8.wav'))
    await recogniser.close()
    expect(passed).toBe('声音大一点')
    expect(left).not.toBe(passed)
  })
})
