import { createJsonLog } from '@mynah/shared/log/log.ts'
import { bindSphinx } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { findEnglishModel, findMandarinModel, type SphinxModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '@mynah/shared/speech/pocketsphinx/pronunciations.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { defaultSphinxLimits } from '../src/speech/engines/pocketsphinx/limits.ts'
import { createSphinxRecogniser } from '../src/speech/engines/pocketsphinx/recogniser.ts'
import { dataRoot, quantile } from './speech/corpus.ts'
import { englishUtterances } from './speech/english-utterances.ts'
import { fitLogistic, type Judged } from './speech/fit-logistic.ts'
import { mandarinUtterances } from './speech/mandarin-utterances.ts'
import type { Utterance } from './speech/utterance.ts'

/** How well what is not a command is told from what is. Run: npx tsx cloud/bench/rejection.ts [--zh] [--fit] */
const language: Language = process.argv.includes('--zh') ? 'zh' : 'en'
const missing: Readonly<Record<Language, string>> = {
  en: 'the English model is not installed: apt-get install pocketsphinx-en-us',
  zh: 'the Mandarin model is not beside the checkout, in ../shared/data/pocketsphinx-zh',
}
const model: SphinxModel | undefined =
  language === 'en' ? findEnglishModel() : findMandarinModel(`${dataRoot}pocketsphinx-zh`)
if (!model) throw new Error(missing[language])
const binding = bindSphinx()

let features: Record<string, number> | undefined
const recogniser = createSphinxRecogniser({
  binding,
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
  language,
  model,
  pronunciations: language === 'en' ? englishPronunciations : {},
  limits: { ...defaultSphinxLimits, rejectionBudgetMs: 5_000, openTextBudgetMs: 1, openDecoders: 0, phoneLoops: 1 },
})

await recogniser.warm()

const judge = async (utterance: Utterance): Promise<Judged | undefined> => {
  features = undefined
  const session = await recogniser.open({ language, jsgf: utterance.jsgf }, new AbortController().signal)
  for (let at = 0; at < utterance.samples.length; at += 960)
    await session.feed(utterance.samples.subarray(at, at + 960))
  const { outOfGrammar } = await session.finish()
  await session.close()
  const { set, isCommand } = utterance
  return features && { set, isCommand, features, rejected: outOfGrammar === true }
}

const judged: Judged[] = []
let unheard = 0
for (const utterance of language === 'en' ? await englishUtterances() : await mandarinUtterances(binding, model)) {
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
