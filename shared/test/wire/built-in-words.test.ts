import { expect, test } from 'vitest'
import { wakeWordKey } from '../../src/dialogue/persona-for.ts'
import { builtInWords } from '../../src/wire/built-in-words.ts'

test('a built-in word is spoken as it is called', () => {
  expect(builtInWords.size).toBeGreaterThan(0)
  for (const [name, spoken] of builtInWords) expect(wakeWordKey(spoken)).toBe(wakeWordKey(name))
})
