import { expect, test } from 'vitest'
import { programNamed } from '../../test/requirement.ts'
import { sayText } from '../src/person.ts'
import { agreement, recogniseIndependently, spokenWords } from '../src/recognise.ts'

test('numbers and times are compared as they are spoken', () => {
  expect(spokenWords('It is 3:59 PM.').join(' ')).toBe('it is three fifty nine pm')
  expect(spokenWords("It's 9:05 a.m., 12 times 12 is 144").join(' ')).toBe(
    "it's nine o five am twelve times twelve is one hundred forty four",
  )
  expect(spokenWords('at 10:00').join(' ')).toBe("at ten o'clock")
})

test('agreement is the share of expected words heard in order', () => {
  expect(agreement('It is nine thirty five.', 'it is nine thirty five')).toBe(1)
  expect(agreement('timer set for ten minutes', 'tanner said for ten minutes')).toBe(0.6)
  expect(agreement('one two three', 'three two one')).toBeCloseTo(1 / 3)
  expect(agreement('yes', '')).toBe(0)
  expect(agreement('', '')).toBe(1)
})

const ear = programNamed('pocketsphinx_continuous', 'pocketsphinx')

test.skipIf(!ear.isMet)(ear.naming('the independent ear understands a synthetic voice'), async () => {
  const signal = new AbortController().signal
  const said = await sayText({ text: 'it is three fifty nine in the afternoon', language: 'en' }, signal)
  if (!said.ok) throw new Error(said.error.message)
  const heard = await recogniseIndependently({ samples: said.value.samples, sampleRateHz: 16_000 }, signal)
  expect(heard.ok && agreement('it is three fifty nine in the afternoon', heard.value)).toBeGreaterThanOrEqual(0.8)
})
