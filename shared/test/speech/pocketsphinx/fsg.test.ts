import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grammarFor } from '../../../src/dialogue/grammar/grammar.ts'
import { compileFsg } from '../../../src/speech/pocketsphinx/fsg.ts'
import { type Expansion, parseJsgf } from '../../../src/speech/pocketsphinx/jsgf-parser.ts'
import { accepts, automatonOf, type WordAutomaton } from '../../../src/speech/pocketsphinx/word-automaton.ts'

const grammarOf = (rules: string) => {
  const parsed = parseJsgf(`#JSGF V1.0;\ngrammar test;\n${rules}`)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}
const automatonFor = (rules: string): WordAutomaton => {
  const automaton = automatonOf(grammarOf(rules))
  if (!automaton.ok) throw new Error(automaton.error.message)
  return automaton.value
}

const words = ['a', 'b', 'c'] as const

const expansions = fc.letrec<{ any: Expansion }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...words).map((word): Expansion => ({ type: 'word', word })),
    fc.constant<Expansion>({ type: 'rule', name: 'shared' }),
    fc
      .tuple(fc.constantFrom('sequence' as const, 'choice' as const), fc.array(tie('any'), { maxLength: 3 }))
      .map(([type, parts]): Expansion => ({ type, parts })),
    tie('any').map((part): Expansion => ({ type: 'optional', part })),
    fc
      .tuple(tie('any'), fc.constantFrom(0 as const, 1 as const))
      .map(([part, atLeast]): Expansion => ({ type: 'repeat', part, atLeast })),
  ),
})).any

const shared: Expansion = {
  type: 'sequence',
  parts: [
    { type: 'word', word: 'a' },
    { type: 'word', word: 'c' },
  ],
}

/** The lengths of the sentence's beginning, from `from` on, that the expansion may take up: the meaning of JSGF, word for word. */
const endsOf = (expansion: Expansion, sentence: readonly string[], from: number): ReadonlySet<number> => {
  const after = (part: Expansion, starts: ReadonlySet<number>) =>
    new Set([...starts].flatMap((start) => [...endsOf(part, sentence, start)]))
  switch (expansion.type) {
    case 'word':
      return new Set(sentence[from] === expansion.word ? [from + 1] : [])
    case 'rule':
      return endsOf(shared, sentence, from)
    case 'sequence':
      return expansion.parts.reduce((starts, part) => after(part, starts), new Set([from]) as ReadonlySet<number>)
    case 'choice':
      return new Set(expansion.parts.flatMap((part) => [...endsOf(part, sentence, from)]))
    case 'optional':
      return new Set([from, ...endsOf(expansion.part, sentence, from)])
    case 'repeat': {
      const ends = new Set(expansion.atLeast === 0 ? [from] : endsOf(expansion.part, sentence, from))
      for (const end of ends) for (const next of endsOf(expansion.part, sentence, end)) ends.add(next)
      return ends
    }
  }
}

/** Sentences up to a length, so that equal automata can be told without chance. */
const sentencesUpTo = (length: number): readonly (readonly string[])[] =>
  length === 0 ? [[]] : [[], ...sentencesUpTo(length - 1).flatMap((rest) => words.map((word) => [word, ...rest]))]

describe('a compiled grammar', () => {
  it('accepts exactly the sentences of the grammar', () => {
    const sentences = sentencesUpTo(4)
    fc.assert(
      fc.property(expansions, (root) => {
        const automaton = automatonOf({ rules: new Map([['shared', shared]]), root })
        for (const sentence of sentences) {
          const isSaid = endsOf(root, sentence, 0).has(sentence.length)
          expect(automaton.ok && accepts(automaton.value, sentence)).toBe(isSaid)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('has no two states from which the same can be said', () => {
    fc.assert(
      fc.property(expansions, (root) => {
        const automaton = automatonOf({ rules: new Map([['shared', shared]]), root })
        if (!automaton.ok) return
        const { moves } = automaton.value
        // Two states of n can be told apart by a sentence shorter than n.
        const depth = Math.min(moves.length, 5)
        if (moves.length > depth + 1) return
        const said = moves.map((_, start) =>
          JSON.stringify(sentencesUpTo(depth).filter((sentence) => accepts({ ...automaton.value, start }, sentence))),
        )
        expect(new Set(said).size).toBe(moves.length)
      }),
      { numRuns: 150 },
    )
  })

  it('shares what sentences have in common at both ends', () => {
    const automaton = automatonFor('public <s> = set a timer | start a timer | set an alarm | start an alarm ;')
    expect(automaton.moves).toHaveLength(5)
  })

  it('does not let a skipped option end inside a repetition', () => {
    const automaton = automatonFor('public <s> = [ one two * ] ;')
    expect(accepts(automaton, ['one', 'two', 'two'])).toBe(true)
    expect(accepts(automaton, ['two'])).toBe(false)
  })

  it('leaves out what leads into words that cannot be said', () => {
    const automaton = automatonFor('public <s> = one two <VOID> | one three ;')
    expect(automaton.moves.map((next) => next.size)).toEqual(expect.arrayContaining([1, 1, 0]))
    expect(accepts(automaton, ['one', 'three'])).toBe(true)
  })

  it('says all that any of its public rules says', () => {
    const automaton = automatonFor('public <s> = one ; public <t> = two ;')
    expect(accepts(automaton, ['one']) && accepts(automaton, ['two'])).toBe(true)
  })

  it('is text that names each state once and ends in one final state', () => {
    const fsg = compileFsg('#JSGF V1.0;\ngrammar test;\npublic <s> = stop [ it ] ;')
    expect(fsg.ok && fsg.value).toMatchObject({ states: 3, transitions: 3 })
    const text = fsg.ok ? fsg.value.text : ''
    expect(text).toMatch(
      /^FSG_BEGIN grammar\nNUM_STATES 3\nSTART_STATE \d\nFINAL_STATE \d\n(TRANSITION \d \d [\d.]+( \w+)?\n){3}FSG_END\n$/,
    )
    const silent = text.split('\n').filter((line) => /^TRANSITION \d \d [\d.]+$/.test(line))
    expect(silent).toHaveLength(1)
  })

  it('has a final state that no sentence goes on from, even when all of them may repeat', () => {
    const fsg = compileFsg('#JSGF V1.0;\ngrammar test;\npublic <s> = again+ ;')
    const text = fsg.ok ? fsg.value.text : ''
    const final = /FINAL_STATE (\d)/.exec(text)?.[1]
    expect(text).not.toMatch(new RegExp(`^TRANSITION ${final} `, 'm'))
  })

  it('is refused when nothing can be said', () => {
    const grammar = grammarOf('public <s> = one <VOID> ;')
    expect(automatonOf(grammar)).toMatchObject({ ok: false, error: { code: 'nothing_to_say' } })
  })

  it('is refused when it would be too large', () => {
    const subsets = `public <s> = <w>* a ${'<w> '.repeat(16)} ; <w> = a | b ;`
    expect(automatonOf(grammarOf(subsets))).toMatchObject({ ok: false, error: { code: 'too_large' } })
    const doubling = Array.from({ length: 40 }, (_, n) => `<r${n}> = <r${n + 1}> <r${n + 1}> ;`).join('\n')
    const grammar = grammarOf(`public <s> = <r0> ;\n${doubling}\n<r40> = <NULL> ;`)
    expect(automatonOf(grammar)).toMatchObject({ ok: false, error: { code: 'too_large' } })
  })

  it.each(['en', 'zh'] as const)('has some hundred states for our own commands (%s)', (language) => {
    const grammar = grammarFor(language)
    const fsg = compileFsg(grammar.jsgf)
    expect(fsg.ok && fsg.value.states).toBeLessThan(1_000)
  })
})
