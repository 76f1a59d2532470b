import { describe, expect, test } from 'vitest'
import { personaFor, sharedWakeWord } from '../../src/dialogue/persona-for.ts'

const jarvis = { name: 'Jarvis', wake_words: ['hey_jarvis'] }
const xiaozhi = { name: '小智', wake_words: ['小智小智', 'Hey Mycroft'] }

describe('who answers', () => {
  test.each([
    ['hey_jarvis', 'Jarvis'],
    ['Hey Jarvis', 'Jarvis'],
    ['小智小智', '小智'],
    ['小智，小智', '小智'],
    ['hey_mycroft', '小智'],
    ['alexa', 'Jarvis'],
    ['', 'Jarvis'],
    [undefined, 'Jarvis'],
  ])('to %s is %s', (word, name) => {
    expect(personaFor([jarvis, xiaozhi], word)?.name).toBe(name)
  })

  test('is nobody where there is none', () => {
    expect(personaFor([], 'hey_jarvis')).toBeUndefined()
  })
})

test('a wake word that two personas list is found, however it is written', () => {
  expect(sharedWakeWord([jarvis, xiaozhi])).toBeUndefined()
  expect(sharedWakeWord([jarvis, { wake_words: ['Hey, Jarvis!'] }])).toBe('Hey, Jarvis!')
  expect(sharedWakeWord([{ wake_words: ['alexa', 'Alexa'] }])).toBeUndefined()
})
