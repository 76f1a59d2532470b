import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requirement, testDataAt } from '../../../../test/requirement.ts'
import { definitionFor, grammarFor } from '../../../src/dialogue/grammar/grammar.ts'
import { seededRandom } from '../../../src/streams/random.ts'

const languages = ['en', 'zh'] as const
const sharedData = (path: string): string =>
  fileURLToPath(new URL(`../../../../../shared/data/${path}`, import.meta.url))

describe.each(languages)('the %s commands', (language) => {
  const grammar = grammarFor(language)

  it.each(
    definitionFor(language).intents.flatMap(({ intent, examples }) => examples.map((example) => [example, intent])),
  )('understand "%s" as %s', (example, intent) => {
    expect(grammar.understand(example)?.intent).toBe(intent)
  })

  it('understand every sentence their own templates generate', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, typed) => {
        const { intent, words } = grammar.generate({ random: seededRandom(seed), typed })
        expect([words.join(' '), grammar.understand(grammar.textOf(words))?.intent]).toEqual([words.join(' '), intent])
      }),
      { numRuns: 4_000, seed: 7 },
    )
  })

  it('stay possible along every prefix of a spoken sentence, and can end at its end', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { words } = grammar.generate({ random: seededRandom(seed), typed: false })
        for (let length = 0; length <= words.length; length += 1) {
          expect(grammar.completenessOf(grammar.textOf(words.slice(0, length)))).not.toBe('none')
        }
        expect(grammar.completenessOf(grammar.textOf(words))).toMatch(/^(may|must)_end$/)
      }),
      { numRuns: 1_500, seed: 7 },
    )
  })

  it('take any text without an error', () => {
    const piece = fc.constantFrom(
      'set a timer for ',
      '十分钟',
      '7:30',
      '1e9',
      '٣',
      '½',
      '\u0000',
      '😀',
      'a '.repeat(300),
      '9'.repeat(400),
      '%',
      '<timer>',
    )
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(anyText, (text) => {
        grammar.understand(text)
        expect(['none', 'prefix', 'may_end', 'must_end']).toContain(grammar.completenessOf(text))
      }),
      { numRuns: 2_000, seed: 7 },
    )
  })
})

describe('completeness', () => {
  it.each([
    ['en', '', 'prefix'],
    ['en', 'hey jarvis', 'prefix'],
    ['en', 'hey jarvis what time', 'prefix'],
    ['en', 'what time is it', 'may_end'],
    ['en', 'what time is it in tokyo', 'must_end'],
    ['en', 'what day is it', 'must_end'],
    ['en', 'what day is it please', 'must_end'],
    ['en', 'set a timer for ten', 'prefix'],
    ['en', 'set a timer for ten minutes', 'may_end'],
    ['en', 'cancel the timer', 'must_end'],
    ['en', 'cancel all timers', 'must_end'],
    ['en', 'the mitochondria is the powerhouse', 'none'],
    ['zh', '现在', 'prefix'],
    ['zh', '现在几点', 'must_end'],
    ['zh', '小智小智', 'prefix'],
    ['zh', '十分钟', 'may_end'],
    ['zh', '十分钟后提醒我', 'may_end'],
    ['zh', '取消所有闹钟', 'must_end'],
    ['zh', '孔雀东南飞', 'none'],
  ] as const)('%s "%s" is %s', (language, text, completeness) => {
    expect(grammarFor(language).completenessOf(text)).toBe(completeness)
  })
})

describe('slots', () => {
  const slotsOf = (text: string, language: 'en' | 'zh' = 'en') => grammarFor(language).understand(text)?.slots

  it.each([
    ['set a timer for one and a half hours', 5_400_000],
    ['set a timer for two minutes thirty seconds', 150_000],
    ['set a timer for half an hour', 1_800_000],
    ['set a timer for 1h 30min', 5_400_000],
    ['set a timer for 2.5 minutes', 150_000],
    ['set a timer for three quarters of an hour', 2_700_000],
    ['set a timer for an hour and ten minutes', 4_200_000],
    ['set a timer for 120 minutes', 7_200_000],
    ['set a timer for ten and a half minutes', 630_000],
    ['set a half hour timer', 1_800_000],
    ['set a timer for an hour and a quarter', 4_500_000],
    ['set a timer called pizza for 5 minutes', 300_000],
  ])('"%s" lasts %d ms', (text, durationMs) => {
    expect(slotsOf(text)).toMatchObject({ duration: { durationMs } })
  })

  it.each([
    ['设一个一个半小时的计时器', 5_400_000],
    ['设一个两小时十五分钟的计时器', 8_100_000],
    ['设一个一刻钟的计时器', 900_000],
    ['倒计时两分半', 150_000],
    ['倒计时半分钟', 30_000],
    ['十分钟倒计时', 600_000],
    ['设一个2小时30分钟的计时器', 9_000_000],
    ['设一个十个半小时的计时器', 37_800_000],
    ['計時五分', 300_000],
    ['過十分鐘叫醒我', 600_000],
  ])('"%s" lasts %d ms', (text, durationMs) => {
    expect(slotsOf(text, 'zh')).toMatchObject({ duration: { durationMs } })
  })

  it.each([
    ['en', 'set an alarm for quarter to one', 12, 45, false],
    ['en', 'set an alarm for seven oh five a m', 7, 5, true],
    ['en', 'set an alarm for twelve a m', 0, 0, true],
    ['en', 'set an alarm for twelve thirty p m', 12, 30, true],
    ['en', 'set an alarm for midnight', 0, 0, true],
    ['en', 'set an alarm for 19:05', 19, 5, true],
    ['en', 'set an alarm for ten at night', 22, 0, true],
    ['en', 'set an alarm for 7am', 7, 0, true],
    ['en', 'set an alarm for 7:30am', 7, 30, true],
    ['en', 'set an alarm for 12:05p.m.', 12, 5, true],
    ['en', 'remind me to call mom at 6pm', 18, 0, true],
    ['zh', '设一个下午三点半的闹钟', 15, 30, true],
    ['zh', '设一个晚上十点零五分的闹钟', 22, 5, true],
    ['zh', '设一个七点三刻的闹钟', 7, 45, false],
    ['zh', '设一个中午十二点的闹钟', 12, 0, true],
    ['zh', '设一个凌晨两点的闹钟', 2, 0, true],
    ['zh', '设一个19:30的闹钟', 19, 30, true],
  ] as const)('%s "%s" is at %d:%d', (language, text, hour, minute, exact) => {
    expect(slotsOf(text, language)).toMatchObject({ time: { hour, minute, exact } })
  })
})

describe('the JSGF', () => {
  const wordsOfJsgf = (jsgf: string): Set<string> => {
    const bodies = jsgf
      .split('\n')
      .slice(2)
      .map((line) => line.slice(line.indexOf('=') + 1))
    return new Set(
      bodies
        .join(' ')
        .replace(/<[^>]*>/g, ' ')
        .split(/[\s()[\]|;]+/)
        .filter((word) => word !== ''),
    )
  }

  it.each(languages)('of %s names only rules it defines and keeps every line short', (language) => {
    const { jsgf } = grammarFor(language)
    const defined = new Set([...jsgf.matchAll(/^(?:public )?(<[^>]+>) =/gm)].map((match) => match[1]))
    for (const [name] of jsgf.matchAll(/<[^>]+>/g)) expect(defined).toContain(name)
    for (const line of jsgf.split('\n')) expect(line.length).toBeLessThan(1_500)
    expect(jsgf).toMatch(/^#JSGF V1\.0;\ngrammar mynah_(en|zh);\npublic <command> = /)
  })

  const englishDictionary = '/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict'
  const english = requirement(existsSync(englishDictionary), 'English model: apt install pocketsphinx-en-us')
  it.skipIf(!english.isMet)(english.naming('of English stays inside the dictionary of the recogniser'), () => {
    const known = new Set(
      readFileSync(englishDictionary, 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[0]),
    )
    expect([...wordsOfJsgf(grammarFor('en').jsgf)].filter((word) => !known.has(word))).toEqual([])
  })

  const chineseDictionary = sharedData('pocketsphinx-zh/mandarin_notone.dic')
  const chinese = testDataAt('pocketsphinx-zh')
  it.skipIf(!chinese.isMet)(chinese.naming('of Chinese can be cut into words of the dictionary'), () => {
    const known = new Set(
      readFileSync(chineseDictionary, 'utf8')
        .split('\n')
        .map((line) => line.split('\t')[0]),
    )
    const characters = new Set([...wordsOfJsgf(grammarFor('zh').jsgf)].join(''))
    expect([...characters].filter((character) => !known.has(character))).toEqual([])
  })

  const splicedCommands = sharedData('speech-zh/spliced-commands/transcripts.tsv')
  const spliced = testDataAt('speech-zh/spliced-commands')
  it.skipIf(!spliced.isMet)(spliced.naming('of Chinese holds the recorded commands'), () => {
    const lines = readFileSync(splicedCommands, 'utf8').trim().split('\n')
    for (const line of lines) {
      const text = line.split('\t')[1] ?? ''
      expect([text, grammarFor('zh').completenessOf(text)]).toEqual([text, expect.stringMatching(/_end$/)])
    }
  })
})
