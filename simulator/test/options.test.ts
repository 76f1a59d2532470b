import { describe, expect, test } from 'vitest'
import { parseCommand } from '../src/options.ts'

const refusalOf = (...args: string[]): string => {
  const parsed = parseCommand(args)
  return parsed.ok ? 'accepted' : parsed.error.message
}

describe('the command line', () => {
  test('reads a sentence with its options', () => {
    const parsed = parseCommand([
      'say',
      'hey jarvis, what time is it',
      '--json',
      '--lang',
      'en',
      '--cloud',
      'http://127.0.0.1:8080',
      '--token',
      'mynah1.a.b',
      '--loss',
      '5',
    ])
    expect(parsed).toEqual({
      ok: true,
      value: {
        type: 'say',
        text: 'hey jarvis, what time is it',
        options: {
          json: true,
          language: 'en',
          loss: 0.05,
          verbose: false,
          cloud: { type: 'running', url: new URL('http://127.0.0.1:8080'), token: 'mynah1.a.b' },
        },
      },
    })
  })

  test('gives a command a cloud of its own unless told otherwise', () => {
    const parsed = parseCommand(['interactive'])
    expect(parsed.ok && 'options' in parsed.value && parsed.value.options.cloud).toEqual({ type: 'private' })
  })

  test('counts 30 turns for latency unless told otherwise', () => {
    expect(parseCommand(['latency'])).toMatchObject({ value: { type: 'latency', turns: 30 } })
    expect(parseCommand(['latency', '--turns', '3'])).toMatchObject({ value: { turns: 3 } })
  })

  test('uses the sound card of this computer for mic unless told otherwise', () => {
    expect(parseCommand(['mic', '--microphone', 'alsa:plughw:1,0'])).toMatchObject({
      value: { type: 'mic', microphone: 'alsa:plughw:1,0', loudspeaker: 'alsa:default' },
    })
  })

  test('shows help for no command, --help and the help of a command', () => {
    expect(parseCommand([])).toEqual({ ok: true, value: { type: 'help' } })
    expect(parseCommand(['--help'])).toEqual({ ok: true, value: { type: 'help' } })
    expect(parseCommand(['say', '--help'])).toEqual({ ok: true, value: { type: 'help', topic: 'say' } })
  })

  test.each([
    [['dance'], 'There is no command "dance"'],
    [['say'], 'say needs a sentence'],
    [['say', '  '], 'say needs a sentence'],
    [['say', 'hey', 'jarvis'], 'put the sentence in quotes'],
    [['say', 'x'.repeat(1_001)], 'at most 1000 characters, this one has 1001'],
    [['say', 'x', '--lang', 'fr'], '--lang takes en or zh, not "fr"'],
    [['say', 'x', '--cloud', 'nowhere'], "--cloud takes the cloud's address"],
    [['say', 'x', '--token', 'a'], '--token belongs to --cloud URL'],
    [['say', 'x', '--colour'], "Unknown option '--colour'"],
    [['say', 'x', '--loss', '101'], '--loss takes a number from 0 to 100, not "101"'],
    [['latency', '--turns', '0'], '--turns takes a whole number from 1 to 10000, not "0"'],
    [['latency', '--turns', '2.5'], '--turns takes a whole number'],
    [['start', '--http-port', '70000'], '--http-port takes a whole number from 0 to 65535'],
    [['interactive', 'x'], 'interactive takes no argument, but got "x"'],
    [['scenario'], 'scenario needs a name'],
    [['scenario', 'hello', '--times', '0'], '--times takes a whole number from 1 to 1000, not "0"'],
    [['start', '--cloud', 'http://127.0.0.1:1'], 'start brings its own cloud'],
  ])('refuses %j with a sentence', (args, sentence) => {
    expect(refusalOf(...args)).toContain(sentence)
  })
})
