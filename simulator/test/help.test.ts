import { expect, test } from 'vitest'
import { helpText } from '../src/help.ts'
import { commandNames } from '../src/options.ts'
import { hopNames } from '../src/turn-hops.ts'

test('the overview names every command', () => {
  for (const name of commandNames) expect(helpText()).toMatch(new RegExp(`^  ${name} `, 'm'))
})

test('every command has a help of its own, and that of latency defines every hop', () => {
  for (const name of commandNames) expect(helpText(name)).toMatch(new RegExp(`^${name}\\b`))
  for (const hop of hopNames) expect(helpText('latency')).toContain(hop)
})
