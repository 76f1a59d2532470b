import { expect, test } from 'vitest'
import { parseLine } from '../../src/commands/interactive.ts'

test.each([
  ['', { type: 'nothing' }],
  ['  hey jarvis, stop ', { type: 'say', text: 'hey jarvis, stop' }],
  ['/text what time is it', { type: 'text', text: 'what time is it' }],
  ['/loss 5', { type: 'loss', share: 0.05 }],
  ['/button', { type: 'button' }],
  ['/cut', { type: 'cut' }],
  ['/restore', { type: 'restore' }],
  ['/quit', { type: 'quit' }],
  ['/help', { type: 'help' }],
])('%j is understood', (typed, line) => {
  expect(parseLine(typed)).toEqual(line)
})

test.each([
  ['/text', '/text needs a sentence'],
  ['/loss', '/loss takes a percentage from 0 to 100, not ""'],
  ['/loss 200', 'not "200"'],
  ['/dance', 'There is no /dance'],
])('%j is refused with a sentence', (typed, sentence) => {
  const line = parseLine(typed)
  expect(line.type === 'wrong' && line.message).toContain(sentence)
})
