import { describe, expect, it } from 'vitest'
import { prepareGrammar, writtenText } from '../../../src/speech/pocketsphinx/grammar.ts'
import { jsgfWords, mapJsgfWords, tokenizeJsgf } from '../../../src/speech/pocketsphinx/jsgf.ts'

const vocabularyOf = (...words: readonly string[]) => {
  const known = new Set(words)
  const listed = new Set(['mynah'])
  return {
    has: (word: string) => known.has(word),
    learn: (word: string) => {
      if (!listed.has(word)) return false
      known.add(word)
      return true
    },
  }
}

const jsgf = `#JSGF V1.0 UTF-8 en;
grammar kitchen.commands;
import <other.*>;
/* a comment with words */ // and another
<verb> = /3.5/ switch {on(x)} | Turn | "what's up"* ;
public <command> = [<verb>] (the | a) light+ <NULL> ;`

describe('the words of a grammar', () => {
  it('are told from everything else', () => {
    expect([...jsgfWords(tokenizeJsgf(jsgf))]).toEqual(['switch', 'Turn', "what's", 'up', 'the', 'a', 'light'])
  })

  it('leave the rest as it was when they are replaced', () => {
    const upper = mapJsgfWords(tokenizeJsgf(jsgf), (word) => word.toUpperCase())
    expect(upper).toContain('grammar kitchen.commands;')
    expect(upper).toContain('/3.5/ SWITCH {on(x)} | TURN')
    expect(upper).toContain("WHAT'S UP*")
    expect(upper).toContain('public <command> = [<verb>] (THE | A) LIGHT+ <NULL> ;')
  })
})

describe('a prepared grammar', () => {
  it('is in the spelling of the dictionary', () => {
    const { jsgf: prepared, missingWords } = prepareGrammar(
      '#JSGF V1.0; grammar g; public <c> = Turn ON;',
      'en',
      vocabularyOf('turn', 'on'),
    )
    expect(prepared).toBe('#JSGF V1.0; grammar g; public <c> = turn on;')
    expect(missingWords).toEqual([])
  })

  it('learns listed words and takes apart hyphenated ones', () => {
    const prepared = prepareGrammar('public <c> = mynah | twenty-one;', 'en', vocabularyOf('twenty', 'one'))
    expect(prepared).toEqual({ jsgf: 'public <c> = mynah | (twenty one);', missingWords: [] })
  })

  it('keeps what can be said and reports what cannot', () => {
    const prepared = prepareGrammar('public <c> = turn on | xyzzy off;', 'en', vocabularyOf('turn', 'on', 'off'))
    expect(prepared).toEqual({ jsgf: 'public <c> = turn on | <VOID> off;', missingWords: ['xyzzy'] })
  })

  it('cuts hanzi into dictionary words, the longest first', () => {
    const vocabulary = vocabularyOf('现在', '几', '几点', '点', '现')
    expect(prepareGrammar('public <c> = 现在几点;', 'zh', vocabulary).jsgf).toBe('public <c> = (现在 几点);')
    expect(prepareGrammar('public <c> = 现龘;', 'zh', vocabulary).missingWords).toEqual(['现龘'])
  })
})

describe('recognised words', () => {
  it('are written without spaces in Chinese and with them in English', () => {
    expect(writtenText('打开 卧室 灯', 'zh')).toBe('打开卧室灯')
    expect(writtenText('turn on', 'en')).toBe('turn on')
    expect(writtenText('播放 abc 音乐', 'zh')).toBe('播放 abc 音乐')
  })
})
