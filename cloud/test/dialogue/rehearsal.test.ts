import { languageSchema } from '@mynah/shared/wire/topics.ts'
import { expect, it } from 'vitest'
import { rehearse, rehearsedCommands } from '../../src/dialogue/rehearsal.ts'

it.each(languageSchema.options)('answers every command that it rehearses: %s', (language) => {
  expect(rehearse(language)).toBe(rehearsedCommands[language].length)
})
