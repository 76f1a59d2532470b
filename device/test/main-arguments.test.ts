import { describe, expect, it } from 'vitest'
import { parseArguments } from '../src/main-arguments.ts'

describe('the command line', () => {
  it('runs by default, with flags before the environment', () => {
    const parsed = parseArguments(['--store', '/a'], { MYNAH_STORE: '/b', MYNAH_MICROPHONE: 'file:x.wav' })
    expect(parsed).toEqual({
      ok: true,
      value: {
        command: 'run',
        store: '/a',
        microphone: 'file:x.wav',
        loudspeaker: 'alsa:default',
        echoCanceller: 'none',
        language: 'en',
        nearMisses: 0,
        logLevel: 'info',
      },
    })
  })
  it('names the cloud that a new speaker asks for an owner', () => {
    const parsed = parseArguments(['--store', '/a', '--cloud', 'http://cloud.test', '--language', 'zh'], {})
    expect(parsed).toMatchObject({ ok: true, value: { command: 'run', cloud: 'http://cloud.test', language: 'zh' } })
  })
  it('takes other wake word engines, the secret of one from the environment alone', () => {
    const args = ['--store', '/a', '--keyword-model', '/kws', '--porcupine-words', 'mynah=/m.ppn,birdie=/b.ppn']
    expect(parseArguments(args, { MYNAH_PORCUPINE_KEY: 'key' })).toMatchObject({
      ok: true,
      value: { keywordModel: '/kws', porcupineKey: 'key', porcupineWords: { mynah: '/m.ppn', birdie: '/b.ppn' } },
    })
    expect(parseArguments(['--store', '/a', '--porcupine-words', '/m.ppn'], {})).toMatchObject({
      ok: false,
      error: expect.stringContaining('WORD=FILE.ppn'),
    })
    expect(parseArguments(['--store', '/a', '--porcupine-key', 'key'], {})).toMatchObject({ ok: false })
  })
  it('takes its own voice out of what it hears when asked, by the flag or in the settings of a speaker', () => {
    expect(parseArguments(['--store', '/a', '--echo-canceller', 'mynah'], {})).toMatchObject({
      value: { echoCanceller: 'mynah' },
    })
    expect(parseArguments(['doctor', '--store', '/a'], { MYNAH_ECHO_CANCELLER: 'mynah' })).toMatchObject({
      value: { command: 'doctor', echoCanceller: 'mynah' },
    })
    expect(parseArguments(['--store', '/a', '--echo-canceller', 'on'], {})).toMatchObject({ ok: false })
  })
  it('enrols with a cloud and a token', () => {
    const parsed = parseArguments(
      ['enrol', '--store', '/a', '--cloud', 'https://cloud.test', '--token', 't', '--device-id', 'kitchen'],
      {},
    )
    expect(parsed).toMatchObject({ ok: true, value: { command: 'enrol', deviceId: 'kitchen' } })
  })
  it('enrols a word of the owner by either spelling, lists and forgets it', () => {
    for (const command of ['enrol', 'enroll']) {
      const parsed = parseArguments([command, '--store', '/a', '--word', ' 小智小智 '], {})
      expect(parsed).toMatchObject({ ok: true, value: { command: 'enrol_word', word: '小智小智' } })
    }
    expect(
      parseArguments(['enroll', '--store', '/a', '--cloud', 'https://cloud.test', '--token', 't'], {}),
    ).toMatchObject({
      ok: true,
      value: { command: 'enrol' },
    })
    expect(parseArguments(['words', '--store', '/a'], {})).toMatchObject({ ok: true, value: { command: 'words' } })
    const forgets = parseArguments(['forget', '--store', '/a', '--word', 'computer'], {})
    expect(forgets).toMatchObject({ ok: true, value: { command: 'forget', word: 'computer' } })
    expect(parseArguments(['forget', '--store', '/a'], {})).toMatchObject({ ok: false })
  })
  it('says what it takes when it is asked', () => {
    for (const args of [['--help'], ['-h'], ['help'], ['run', '--store', '/a', '--help']]) {
      expect(parseArguments(args, {})).toEqual({ ok: true, value: { command: 'help' } })
    }
  })
  it('names each thing that is wrong', () => {
    const wrong = (args: readonly string[]) => {
      const parsed = parseArguments(args, {})
      return parsed.ok ? 'accepted' : parsed.error
    }
    expect(wrong([])).toContain('store')
    expect(wrong(['enrol', '--store', '/a', '--cloud', 'ftp://x', '--token', 't'])).toContain('http or https URL')
    expect(wrong(['enrol', '--store', '/a', '--cloud', 'http://x', '--token', 't', '--device-id', 'A B'])).toContain(
      'deviceId',
    )
    expect(wrong(['--nonsense'])).toContain('--nonsense')
    expect(wrong(['dance', '--store', '/a'])).toContain('command')
  })
})
