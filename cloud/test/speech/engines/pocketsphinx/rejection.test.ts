import { describe, expect, it } from 'vitest'
import {
  featuresOf,
  judge,
  loopPhones,
  phoneDistance,
  phonesOf,
} from '../../../../src/speech/engines/pocketsphinx/rejection.ts'

const phones = (text: string) => text.split(' ').filter((phone) => phone !== '')

describe('the distance of phones', () => {
  it.each([
    ['', '', 0],
    ['T AY M', 'T AY M', 0],
    ['T AY M', 'D AY M', 0.5],
    ['T AY M', 'T AY', 1],
    ['T AY M', '', 3],
    ['T AY M', 'T IY M', 0.5],
    ['T AY M', 'T S M', 1],
    ['F AO R', 'F AO R T IY', 2],
  ])('of "%s" and "%s" is %d', (left, right, distance) => {
    expect(phoneDistance(phones(left), phones(right))).toBe(distance)
    expect(phoneDistance(phones(right), phones(left))).toBe(distance)
  })
})

describe('phones', () => {
  it('are looked up word by word, without fillers; an unknown word agrees with nothing', () => {
    const dictionary = new Map([
      ['stop', 'S T AA P'],
      ['it', 'IH T'],
    ])
    expect(phonesOf('<sil> stop it zzz [NOISE]', (word) => dictionary.get(word))).toEqual([
      ...phones('S T AA P IH T'),
      '?zzz',
    ])
  })

  it('of the loop come without silence and noise', () => {
    expect(loopPhones('SIL S T AA P +SPN+ SIL')).toEqual(phones('S T AA P'))
  })
})

describe('the judgement', () => {
  const same = phones('W AH T T AY M IH Z IH T')
  const other = phones('M AY K AE T L AY K S T AH S L IY P AA N DH AH F L AO R')

  it('accepts when grammar and loop agree', () => {
    expect(judge(featuresOf({ grammar: same, loop: same, scoreLead: 2 }))).toMatchObject({ outOfGrammar: false })
  })

  it('rejects when the loop heard something else and longer, and fits much better', () => {
    expect(judge(featuresOf({ grammar: same, loop: other, scoreLead: 25 }))).toMatchObject({ outOfGrammar: true })
  })

  it('is surer of what agrees better', () => {
    const near = judge(featuresOf({ grammar: same, loop: same, scoreLead: 2 })).confidence
    const far = judge(featuresOf({ grammar: same, loop: other, scoreLead: 2 })).confidence
    expect(near).toBeGreaterThan(far)
    expect(near).toBeLessThanOrEqual(1)
    expect(far).toBeGreaterThanOrEqual(0)
  })

  it('has numbers for an utterance in which nothing was heard', () => {
    expect(featuresOf({ grammar: [], loop: [], scoreLead: 0 })).toEqual({ distance: 0, scoreLead: 0, lengthLead: 0 })
  })
})
