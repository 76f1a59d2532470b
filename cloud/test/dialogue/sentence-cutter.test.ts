import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSentenceCutter } from '../../src/dialogue/sentence-cutter.ts'

const cut = (...pieces: readonly string[]): string[] => {
  const cutter = createSentenceCutter()
  return [...pieces.flatMap((piece) => cutter.push(piece)), ...cutter.flush()]
}

describe('sentences', () => {
  it.each([
    ['Hello there. How are you?', ['Hello there.', 'How are you?']],
    ['Dr. Smith lives at 3.5 Main St. in town. Really!', ['Dr. Smith lives at 3.5 Main St. in town.', 'Really!']],
    ['J. S. Bach, e.g. his cantatas, vs. others. Fine.', ['J. S. Bach, e.g. his cantatas, vs. others.', 'Fine.']],
    ['He said "Stop." Then he left.', ['He said "Stop."', 'Then he left.']],
    ['Wait... what?! Yes.', ['Wait...', 'what?!', 'Yes.']],
    ['你好。今天天气很好！要出去吗？', ['你好。', '今天天气很好！', '要出去吗？']],
    ['他说：“走吧。”然后走了。', ['他说：“走吧。”', '然后走了。']],
    ['圆周率是3.14。对。', ['圆周率是3.14。', '对。']],
    ['1. Take eggs\n2. Boil them\n', ['1. Take eggs', '2. Boil them']],
    ['no end', ['no end']],
    ['', []],
    ['...', []],
  ])('of %j are %j', (text, sentences) => {
    expect(cut(text)).toEqual(sentences)
  })

  it('come as soon as they are whole', () => {
    const cutter = createSentenceCutter()
    expect(cutter.push('Yes')).toEqual([])
    expect(cutter.push('.')).toEqual([])
    expect(cutter.push(' And')).toEqual(['Yes.'])
    expect(cutter.push('。')).toEqual(['And。'])
  })

  it('are cut at a clause when they are long, the first one early', () => {
    const long = `The mynah is a bird of the starling family that lives in southern Asia, ${'and it likes company, '.repeat(20)}always.`
    const sentences = cut(long)
    expect(sentences[0]).toBe(
      'The mynah is a bird of the starling family that lives in southern Asia, and it likes company,',
    )
    for (const sentence of sentences) expect(sentence.length).toBeLessThanOrEqual(220)
    expect(cut('字'.repeat(900)).every((sentence) => sentence.length <= 220)).toBe(true)
  })
})

describe('what a voice cannot say', () => {
  it.each([
    ['2 * 3*4 is **24**.', ['2 × 3 × 4 is 24.']],
    ['**Bold** and _soft_ and `code`.', ['Bold and soft and code.']],
    ['# Title\n- one\n* two\n', ['Title', 'one', 'two']],
    ['See [the page](https://example.com/a?b=1).', ['See the page.']],
    ['Go to https://www.example.com/long/path?x=1 now.', ['Go to example.com now.']],
    ['Nice 👍🏽 day 🇨🇭!', ['Nice day!']],
    ['Look:\n```js\nconst a = 1.\n```\nThat is it.', ['Look:', 'That is it.']],
    ['Two * three is six. 5 < 6 and 7 > 6.', ['Two three is six.', '5 < 6 and 7 > 6.']],
    ['snake_case_name stays.', ['snake_case_name stays.']],
  ])('%j becomes %j', (text, sentences) => {
    expect(cut(text)).toEqual(sentences)
  })
})

const lettersOf = (sentences: readonly string[]): string => sentences.join('').replace(/[^\p{L}\p{N}]/gu, '')

it('the pieces a text comes in never change what is said', () => {
  const text = fc.array(
    fc.constantFrom('Hi. ', 'Mr. X', '3.5 ', '你好。', '\n', '\n```\n', '"Yes." ', 'a, b, ', '👍', '!', 'word ', '1. '),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(text, (parts) => {
      const whole = parts.join('')
      expect(lettersOf(cut(...whole))).toBe(lettersOf(cut(whole)))
      for (const sentence of cut(...whole)) expect(sentence).toMatch(/[\p{L}\p{N}]/u)
    }),
    { numRuns: 500, seed: 7 },
  )
})
