import { resample } from '@mynah/shared/audio/resample.ts'
import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { findEnglishModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { both, requirement, testDataAt } from '../../../../test/requirement.ts'
import { createRivaSpeechToText } from '../../../src/providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../../../src/providers/tts/riva.ts'
import type { Recogniser } from '../../../src/speech/engines/recogniser.ts'
import type { Synthesiser } from '../../../src/speech/engines/synthesiser.ts'
import { findLocalEngines } from '../../../src/speech/local-engines.ts'
import { describeSpeechToText } from '../../providers/stt/contract.ts'
import { describeTextToSpeech } from '../../providers/tts/contract.ts'
import {
  collect,
  dataPath,
  hasRecordings,
  inFrames,
  never,
  recording,
  startTestServer,
} from '../speech-server-fixture.ts'

const jsgf = `#JSGF V1.0;
grammar kitchen;
<wake> = hey jarvis;
public <command> = [<wake>] (what time is it | set a timer for (five | ten | fifteen) minutes | stop | xyzzyplugh);`

type Service = {
  readonly recognisers: readonly Recogniser[]
  readonly synthesiser: Synthesiser
  readonly address: string
  readonly close: () => Promise<void>
}

const startService = async (): Promise<Service> => {
  const zhModelDir = hasRecordings ? { zhModelDir: dataPath('pocketsphinx-zh') } : {}
  const engines = await findLocalEngines({ clock: systemClock, log: silentLog, ...zhModelDir })
  await Promise.all(engines.recognisers.map((recogniser) => recogniser.warm()))
  const server = await startTestServer(engines)
  return { ...engines, ...server }
}

/** The engine's own voice at 16 kHz, with half a second of room behind it. */
const spoken = async (voice: Synthesiser, text: string): Promise<Int16Array> => {
  const pieces = await collect(voice.speak({ text, language: 'en' }, never()))
  const samples = Int16Array.from(pieces.flatMap((piece) => [...piece.samples]))
  const [first] = pieces
  const speech = resample(samples, { fromHz: first?.sampleRateHz ?? 16_000, toHz: 16_000 })
  const padded = new Int16Array(speech.length + 8_000)
  padded.set(speech)
  return padded
}

// Debian's pocketsphinx-en-us, libflite1 and espeak-ng: `npm test` installs them; a machine without them runs everything else.
const english = requirement(findEnglishModel() !== undefined, 'English model: apt install pocketsphinx-en-us')
const mandarin = both(testDataAt('pocketsphinx-zh'), testDataAt('speech-zh'))

describe.skipIf(!english.isMet)(english.naming('the engines of this machine'), () => {
  const request = { language: 'en', sampleRateHz: 16_000, jsgf } as const

  describeSpeechToText('pocketsphinx over gRPC', async () => {
    const service = await startService()
    const stt = createRivaSpeechToText({ clock: systemClock, address: service.address })
    const speech = await spoken(service.synthesiser, 'hey jarvis, set a timer for fifteen minutes')
    const close = async () => {
      stt.close()
      await service.close()
    }
    return { stt, request, speech, text: 'hey jarvis set a timer for fifteen minutes', close }
  })

  for (const [language, text] of [
    ['en', 'The timer is set for fifteen minutes.'],
    ['zh', '现在是下午三点零五分。'],
  ] as const) {
    describeTextToSpeech(`the ${language} voice over gRPC`, async () => {
      const service = await startService()
      const tts = createRivaTextToSpeech({ clock: systemClock, address: service.address })
      const close = async () => {
        tts.close()
        await service.close()
      }
      return { tts, request: { text, language }, close }
    })
  }

  describe('pocketsphinx', () => {
    let service: Service
    let stt: ReturnType<typeof createRivaSpeechToText>
    beforeAll(async () => {
      service = await startService()
      stt = createRivaSpeechToText({ clock: systemClock, address: service.address })
    })
    afterAll(async () => {
      stt.close()
      await service.close()
    })
    const finalOf = async (samples: Int16Array, grammar: string | undefined = jsgf, language: 'en' | 'zh' = 'en') => {
      const asked = { language, sampleRateHz: 16_000, ...(grammar === '' ? {} : { jsgf: grammar }) } as const
      return (await collect(stt.transcribe(inFrames(samples), asked, never()))).at(-1)
    }

    it('takes a command for one', async () => {
      const final = await finalOf(await spoken(service.synthesiser, 'hey jarvis, what time is it'))
      expect(final?.text).toBe('hey jarvis what time is it')
      expect(final?.outOfGrammar).toBeUndefined()
      expect(final?.confidence).toBeGreaterThan(0.5)
    })

    it('hears that something else was said, and what', async () => {
      const final = await finalOf(await spoken(service.synthesiser, 'my cat likes to sleep on the kitchen floor'))
      expect(final).toMatchObject({ outOfGrammar: true, final: true })
      expect(final?.text).not.toBe('what time is it')
    })

    it('gives the same final for the same audio, whatever was heard before', async () => {
      const speech = await spoken(service.synthesiser, 'set a timer for ten minutes')
      const first = await finalOf(speech)
      await finalOf(Int16Array.from({ length: 24_000 }, (_, at) => ((at * 7_919) % 12_000) - 6_000))
      expect((await finalOf(speech))?.text).toBe(first?.text)
      expect(first?.text).toBe('set a timer for ten minutes')
    })

    it('writes down anything when no grammar is given', async () => {
      const final = await finalOf(await spoken(service.synthesiser, 'what time is it'), '')
      expect(final?.text).toContain('time')
    })

    it('refuses a grammar that is none', async () => {
      await expect(finalOf(new Int16Array(3_200), 'this is not a grammar')).rejects.toMatchObject({ code: 'refused' })
      expect((await finalOf(await spoken(service.synthesiser, 'stop')))?.text).toBe('stop')
    })

    it.skipIf(!mandarin.isMet)(mandarin.naming('understands Chinese commands by the model of the owner'), async () => {
      const lines = ['zr1.wav\t现在几点', 'zr6.wav\t播放音乐', 'zr9.wav\t十分钟后提醒我', 'zr14.wav\t打开空调']
      const sentences = lines.map((line) => line.split('\t')[1] ?? '')
      const grammar = `#JSGF V1.0; grammar zh; public <c> = [小智小智] (${sentences.join(' | ')});`
      for (const line of lines) {
        const [file, text] = line.split('\t')
        const samples = await recording(`speech-zh/spliced-commands/${file}`)
        const final = await finalOf(samples, grammar, 'zh')
        expect(final?.text).toBe(text)
        expect(final?.outOfGrammar).toBeUndefined()
      }
    })

    it.skipIf(!mandarin.isMet)(mandarin.naming('takes English for no Chinese command, mostly'), async () => {
      const { jsgf: chinese } = grammarFor('zh')
      const sentences = ['my cat likes to sleep on the kitchen floor', 'who won the football game last night']
      const read = ['librispeech-1995-1837-0001', 'sense_and_sensibility_01_austen_64kb-0870']
      const said = [
        ...(await Promise.all(sentences.map((text) => spoken(service.synthesiser, text)))),
        ...(await Promise.all(read.map((name) => recording(`speech-en-read/${name}.wav`)))),
      ]
      const finals = []
      for (const samples of said) finals.push(await finalOf(samples.subarray(0, 16 * 8_000), chinese, 'zh'))
      expect(finals.filter((final) => final?.outOfGrammar).length, JSON.stringify(finals)).toBeGreaterThan(2)
    })

    it('says which language it has no recogniser for', async () => {
      const only = await startTestServer({
        recognisers: service.recognisers.filter(({ languages }) => languages[0] === 'en'),
      })
      const client = createRivaSpeechToText({ clock: systemClock, address: only.address })
      const work = collect(
        client.transcribe(inFrames(new Int16Array(320)), { language: 'zh', sampleRateHz: 16_000 }, never()),
      )
      await expect(work).rejects.toMatchObject({ code: 'unavailable' })
      client.close()
    })
  })

  it('speaks English that is understood', async () => {
    const service = await startService()
    const [recogniser] = service.recognisers.filter(({ languages }) => languages.includes('en'))
    const grammar = '#JSGF V1.0; grammar n; public <c> = it is (three | four | five) (oh | fifteen) (five | six) p m;'
    const samples = await spoken(service.synthesiser, 'It is 3:05 pm.')
    const session = await recogniser?.open({ language: 'en', jsgf: grammar }, never())
    await session?.feed(samples)
    expect((await session?.finish())?.text).toBe('it is three oh five p m')
    await session?.close()
    await service.close()
  })
})
