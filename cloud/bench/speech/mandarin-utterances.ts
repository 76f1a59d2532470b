import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import type { SphinxBinding } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { openDecoder } from '@mynah/shared/speech/pocketsphinx/decoder.ts'
import { prepareGrammar } from '@mynah/shared/speech/pocketsphinx/grammar.ts'
import type { SphinxModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { grammarSettings } from '@mynah/shared/speech/pocketsphinx/settings.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { mixNoise, readText, recording, recordingsIn } from './corpus.ts'
import type { Utterance } from './utterance.ts'

const frameSamples = 160
const pause = new Int16Array(800)
const isWord = (word: string) => !/^(?:[<[+(]|SIL$)/.test(word)
const writtenOf = (word: string) => word.replace(/\(\d+\)$/, '')

type Order = { readonly text: string; readonly samples: Int16Array }
type Word = { readonly text: string; readonly samples: Int16Array }

/** Where each word of the orders lies, so that they can be said in other orders by the same voice. */
const wordsOf = async (orders: readonly Order[], binding: SphinxBinding, model: SphinxModel): Promise<Word[]> => {
  const decoder = await openDecoder(binding, grammarSettings(model), 1)
  const jsgf = `#JSGF V1.0 utf-8 zh;\ngrammar orders;\npublic <order> = ${orders.map(({ text }) => text).join(' | ')};\n`
  const prepared = prepareGrammar(jsgf, 'zh', {
    has: (word) => decoder.lookUpWord(word) !== undefined,
    learn: () => false,
  })
  await decoder.select('orders', { type: 'grammar', jsgf: prepared.jsgf })
  const words: Word[] = []
  for (const { samples } of orders)
    for (const { word, startFrame, endFrame } of (await decoder.decodeWhole(samples)).segments)
      if (isWord(word))
        words.push({
          text: writtenOf(word),
          samples: samples.subarray(startFrame * frameSamples, (endFrame + 1) * frameSamples),
        })
  await decoder.close()
  return words
}

/** Sentences of the grammar, and nonsense in its very words, of two to four words each. */
const spliced = (words: readonly Word[], random: () => number): readonly Order[] => {
  const one = () => words[Math.floor(random() * words.length)] ?? { text: '', samples: pause }
  return Array.from({ length: 4_000 }, () => {
    const said = Array.from({ length: 2 + Math.floor(random() * 3) }, one)
    return {
      text: said.map(({ text }) => text).join(''),
      samples: concatSamples([pause, ...said.map(({ samples }) => samples), pause]),
    }
  })
}

const differentTexts = (all: readonly Order[], most: number): readonly Order[] =>
  [...new Map(all.map((order) => [order.text, order])).values()].slice(0, most)

/**
 * Real Mandarin orders and other sentences of their words, quiet, in noise, and at other speeds, which stand for other voices: there
 * are recordings of one speaker only. Against them nonsense in the same words, wake words, one read sentence in pieces, English, and a kitchen.
 */
export const mandarinUtterances = async (binding: SphinxBinding, model: SphinxModel): Promise<readonly Utterance[]> => {
  const random = seededRandom(5)
  const grammar = grammarFor('zh')
  const isSentence = ({ text }: Order) => grammar.understand(text) !== undefined
  const kitchen = await recording('speech-en-commands/kitchen.wav')
  const lines = (await readText('speech-zh/spliced-commands/transcripts.tsv')).trim().split('\n')
  const orders = await Promise.all(
    lines.map(async (line) => {
      const [file = '', text = ''] = line.split('\t')
      return { text, samples: await recording(`speech-zh/spliced-commands/${file}`) }
    }),
  )
  const sentences = spliced(await wordsOf(orders, binding, model), random)
  const utterances: Utterance[] = []
  const say = (set: string, isCommand: boolean, all: readonly { readonly samples: Int16Array }[], isVaried = true) => {
    const add = (samples: Int16Array) => utterances.push({ set, isCommand, jsgf: grammar.jsgf, samples })
    for (const { samples } of all) {
      add(samples)
      if (!isVaried) continue
      add(mixNoise(samples, kitchen, 12, random))
      add(resample(samples, { fromHz: 16_000, toHz: 17_200 }))
      add(resample(samples, { fromHz: 16_000, toHz: 14_900 }))
    }
  }
  const piecesOf = (samples: Int16Array, lengthMs: number, most: number) =>
    Array.from({ length: Math.min(most, Math.floor(samples.length / (lengthMs * 16))) }, (_, index) => ({
      samples: samples.subarray(index * lengthMs * 16, (index + 1) * lengthMs * 16),
    }))
  say('orders, real', true, orders.filter(isSentence))
  say('sentences of their words', true, differentTexts(sentences.filter(isSentence), 30))
  say(
    'nonsense of their words',
    false,
    differentTexts(
      sentences.filter((order) => !isSentence(order)),
      30,
    ),
  )
  for (const file of await recordingsIn('speech-zh/wake-xiaozhi'))
    say('wake words', false, [{ samples: await recording(file) }], false)
  const others = await Promise.all(['speech-en-read', 'speech-en-cards', 'speech-en-wake'].map(recordingsIn))
  for (const file of others.flat()) {
    const samples = await recording(file)
    const isMandarin = file.includes('aishell')
    if (isMandarin) say('another speaker reading', false, piecesOf(samples, 1_500, 8))
    else say('English, real', false, piecesOf(samples, 2_000, 4), false)
  }
  say('kitchen noise', false, piecesOf(kitchen, 3_000, 40), false)
  return utterances
}
