import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { bench, do_not_optimize, run, summary } from 'mitata'

/**
 * What a partial costs: its completeness is asked for each time the recogniser changes its mind. The baseline is only cutting
 * the same text into words, so the ratio is the price of the automaton. Run: npx tsx cloud/bench/grammar.ts
 */
for (const language of ['en', 'zh'] as const) {
  const grammar = grammarFor(language)
  const random = seededRandom(1)
  const texts = Array.from({ length: 256 }, () => grammar.textOf(grammar.generate({ random, typed: false }).words))
  const odd = language === 'zh' ? '孔雀东南飞五里一徘徊' : 'what is the set a timer for one hundred and twenty'
  let turn = 0
  const next = (): string => texts[turn++ % texts.length] ?? ''

  summary(() => {
    bench(`${language}: words of a sentence (baseline)`, () => do_not_optimize(grammar.wordsOf(next()))).baseline(true)
    bench(`${language}: completeness of a sentence`, () => do_not_optimize(grammar.completenessOf(next())))
    bench(`${language}: completeness of no command`, () => do_not_optimize(grammar.completenessOf(odd)))
    bench(`${language}: understanding a sentence`, () => do_not_optimize(grammar.understand(next())))
  })
}

await run()
