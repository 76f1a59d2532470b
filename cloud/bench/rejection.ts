import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { createJsonLog } from '@mynah/shared/log/log.ts'
import { bindSphinx } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { findEnglishModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '@mynah/shared/speech/pocketsphinx/pronunciations.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { loadFliteVoice } from '../src/speech/engines/flite/library.ts'
import { defaultSphinxLimits } from '../src/speech/engines/pocketsphinx/limits.ts'
import { createSphinxRecogniser } from '../src/speech/engines/pocketsphinx/recogniser.ts'
import { mixNoise, quantile, readText, recording, recordingsIn, withTail } from './speech/corpus.ts'
import { fitLogistic, type Judged } from './speech/fit-logistic.ts'
import { commands, notCommands } from './speech/sentences.ts'

/**
 * How well what is not a command is told from what is: real commands and synthetic ones of our grammar, against real reading, cards,
 * orders (to our grammar), synthetic questions and kitchen noise. Run: npx tsx cloud/bench/rejection.ts [--fit]
 */
const model = findEnglishModel()
if (!model) throw new Error('the English model is not installed: apt-get install pocketsphinx-en-us')
const orders = await readText('speech-en-commands/barista.gram')
const ours = grammarFor('en').jsgf
const kitchen = await recording('speech-en-commands/kitchen.wav')

type Utterance = {
  readonly set: string
  readonly isCommand: boolean
  readonly jsgf: string
  readonly samples: Int16Array
}

const synthetic = async (): Promise<Utterance[]> => {
  const utterances: Utterance[] = []
  for (const name of ['cmu_us_slt', 'cmu_us_rms', 'cmu_us_awb']) {
    const voice = loadFliteVoice(name)
    if (!voice) continue
    const say = async (text: string, isCommand: boolean) => {
      const { samples } = await voice.say(text)
      const set = isCommand ? 'our commands, synthetic' : 'questions, synthetic'
      utterances.push({ set, isCommand, jsgf: ours, samples: withTail(samples) })
    }
    for (const text of commands) await say(text, true)
    for (const text of notCommands) await say(text, false)
  }
  return utterances
}

const real = async (): Promise<Utterance[]> => {
  const random = seededRandom(4)
  const utterances: Utterance[] = []
  // Half of them: the other half stays unseen.
  const files = (await recordingsIn('speech-en-commands')).filter(
    (name, index) => index % 2 === 0 && !name.includes('kitchen'),
  )
  for (const file of files) {
    const samples = await recording(file)
    utterances.push({ set: 'orders, real', isCommand: true, jsgf: orders, samples })
    const noisy = mixNoise(samples, kitchen, 12, random)
    utterances.push({ set: 'orders at 12 dB, real', isCommand: true, jsgf: orders, samples: noisy })
    utterances.push({ set: 'orders to our grammar, real', isCommand: false, jsgf: ours, samples })
  }
  const others = await Promise.all(['speech-en-read', 'speech-en-cards', 'speech-en-wake'].map(recordingsIn))
  for (const file of others.flat().filter((name) => !name.includes('aishell'))) {
    const samples = (await recording(file)).subarray(0, 12 * 16_000)
    utterances.push({ set: 'reading, cards and others, real', isCommand: false, jsgf: ours, samples })
    utterances.push({ set: 'reading, cards and others to orders, real', isCommand: false, jsgf: orders, samples })
  }
  for (let at = 0; at + 48_000 <= kitchen.length; at += 96_000) {
    utterances.push({ set: 'kitchen noise', isCommand: false, jsgf: ours, samples: kitchen.subarray(at, at + 48_000) })
  }
  return utterances
}

let features: Record<string, number> | undefined
const recogniser = createSphinxRecogniser({
  binding: bindSphinx(),
  clock: systemClock,
  // The engine tells at debug what it judged by.
  log: createJsonLog({
    clock: systemClock,
    minLevel: 'debug',
    writeLine: (line) => {
      const parsed = JSON.parse(line)
      if (parsed.features) features = parsed.features
    },
  }),
  language: 'en',
  model,
  pronunciations: englishPronunciations,
  limits: { ...defaultSphinxLimits, rejectionBudgetMs: 5_000, openTextBudgetMs: 1, openDecoders: 0, phoneLoops: 1 },
})

await recogniser.warm()

const judge = async (utterance: Utterance): Promise<Judged | undefined> => {
  features = undefined
  const session = await recogniser.open({ language: 'en', jsgf: utterance.jsgf }, new AbortController().signal)
  for (let at = 0; at < utterance.samples.length; at += 960)
    await session.feed(utterance.samples.subarray(at, at + 960))
  const { outOfGrammar } = await session.finish()
  await session.close()
  const { set, isCommand } = utterance
  return features && { set, isCommand, features, rejected: outOfGrammar === true }
}

const judged: Judged[] = []
let unheard = 0
for (const utterance of [...(await synthetic()), ...(await real())]) {
  const result = await judge(utterance)
  if (result) judged.push(result)
  else unheard++
}

const share = (all: readonly Judged[]): string =>
  `${((all.filter(({ rejected }) => rejected).length / Math.max(1, all.length)) * 100).toFixed(1)} %`
const sets = [...new Set(judged.map(({ set }) => set))]
console.table(
  Object.fromEntries(
    sets.map((set) => {
      const members = judged.filter((one) => one.set === set)
      const leads = members.map((one) => one.features.lead ?? 0)
      return [set, { utterances: members.length, rejected: share(members), 'median lead': quantile(leads, 0.5) }]
    }),
  ),
)
console.log(`commands rejected: ${share(judged.filter(({ isCommand }) => isCommand))}`)
console.log(`others rejected: ${share(judged.filter(({ isCommand }) => !isCommand))}`)
console.log(`not judged because nothing was heard: ${unheard}`)
if (process.argv.includes('--fit')) console.log(fitLogistic(judged))
await recogniser.close()
