import { expect, it } from 'vitest'
import { parseArguments } from '../../src/main-arguments.ts'

const run = (environment: Readonly<Record<string, string>>) => parseArguments(['run', '--store', '/a'], environment)

it('lights and lines come from flags or the environment, and what is none is refused with what would be', () => {
  const hat = { MYNAH_LIGHTS: 'apa102:3', MYNAH_BUTTON: '17', MYNAH_MUTE_SWITCH: '22' }
  expect(run(hat)).toMatchObject({ ok: true, value: { lights: 3, button: 17, muteSwitch: 22 } })
  expect(run({ MYNAH_LIGHTS: 'none' })).toMatchObject({ ok: true, value: { lights: 0 } })
  expect(run({ MYNAH_LIGHTS: 'disco' })).toMatchObject({ error: 'lights: "apa102:COUNT" or "none" is needed' })
  expect(run({ MYNAH_BUTTON: 'left' })).toMatchObject({ error: 'button: the number of a GPIO line is needed' })
})
