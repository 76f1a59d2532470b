import { describe, expect, it } from 'vitest'
import { parseJsgf } from '../../../src/speech/pocketsphinx/jsgf-parser.ts'

const problemOf = (rules: string) => {
  const parsed = parseJsgf(`#JSGF V1.0;\ngrammar test;\n${rules}`)
  return parsed.ok ? undefined : parsed.error
}

describe('a JSGF grammar', () => {
  it('is read into its rules', () => {
    const parsed = parseJsgf(`#JSGF V1.0 UTF-8 en;
grammar test; // a comment
public <say> = /2/ turn {on} the [ big ] <thing>+ | "good night"* /* never */ | <NULL> ;
<thing> = (light) ;`)
    expect(parsed).toEqual({
      ok: true,
      value: {
        root: { type: 'rule', name: 'say' },
        rules: new Map<string, unknown>([
          [
            'say',
            {
              type: 'choice',
              parts: [
                {
                  type: 'sequence',
                  parts: [
                    { type: 'word', word: 'turn' },
                    { type: 'word', word: 'the' },
                    { type: 'optional', part: { type: 'word', word: 'big' } },
                    { type: 'repeat', part: { type: 'rule', name: 'thing' }, atLeast: 1 },
                  ],
                },
                {
                  type: 'sequence',
                  parts: [
                    { type: 'word', word: 'good' },
                    { type: 'repeat', part: { type: 'word', word: 'night' }, atLeast: 0 },
                  ],
                },
                { type: 'sequence', parts: [] },
              ],
            },
          ],
          ['thing', { type: 'word', word: 'light' }],
        ]),
      },
    })
  })

  it.each([
    ['public <a> = b', 'syntax', '";" is expected before the end of the grammar'],
    ['public <a> = ( b ;', 'syntax', '")" is expected before ";"'],
    ['public <a> = b | ;', 'syntax', 'a word or rule is expected before ";"'],
    ['public <a> = b > c ;', 'syntax', '">" is not expected in a grammar'],
    ['a = b ;', 'syntax', 'a rule is expected before "a"'],
    ['public <a> = b ; <a> = c ;', 'syntax', 'the rule <a> is defined twice'],
    ['public <a> = b <c> ;', 'unknown_rule', 'the rule <c> is used but not defined'],
    ['public <a> = b [ <c> ] ; <c> = d <a> ;', 'recursive_rule', 'the rule <a> refers to itself'],
    ['<a> = b ;', 'nothing_to_say', 'the grammar has no public rule'],
    ['import <other.*>; public <a> = b ;', 'unsupported', 'grammars that import others are not supported'],
  ])('is refused with a reason: %s', (rules, code, message) => {
    expect(problemOf(rules)).toEqual({ code, message })
  })

  it('is refused when its brackets or rules are nested too deep to follow', () => {
    expect(problemOf(`public <a> = ${'('.repeat(50_000)} b ;`)?.code).toBe('too_large')
    const chain = Array.from({ length: 20_000 }, (_, n) => `<r${n}> = w <r${n + 1}> ;`).join('\n')
    expect(problemOf(`public <a> = <r0> ;\n${chain}\n<r20000> = end ;`)?.code).toBe('too_large')
  })
})
