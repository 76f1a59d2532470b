import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newFolder, root, run } from './flash.ts'

let folder: ReturnType<typeof newFolder>
const at = (name: string) => join(folder.path, name)
const read = (name: string) => readFileSync(at(name), 'utf8')
beforeEach(() => {
  folder = newFolder()
})
afterEach(() => folder.remove())

const program = (name: string, script: string) => {
  mkdirSync(at('bin'), { recursive: true })
  writeFileSync(at(`bin/${name}`), `#!/bin/sh\necho "${name} $*" >> ${at('calls')}\n${script}\n`)
  chmodSync(at(`bin/${name}`), 0o755)
}
const soundCard = (id: string, usb?: string) => {
  for (const pcm of ['pcm0c', 'pcm0p']) mkdirSync(at(`asound/card0/${pcm}`), { recursive: true })
  writeFileSync(at('asound/card0/id'), `${id}\n`)
  if (usb !== undefined) writeFileSync(at('asound/card0/usbid'), `${usb}\n`)
}
const environment = (canceller?: string) => ({
  PATH: `${at('bin')}:/usr/bin:/bin`,
  MYNAH_ASOUND: at('asound'),
  MYNAH_ECHO_SOCKET: at('native'),
  ...(canceller === undefined ? {} : { MYNAH_ECHO_CANCELLER: canceller }),
})
const sound = (name: string, args: readonly string[], env = environment()) =>
  run(join(root, 'hardware/sound', name), args, env)

describe('choose-sound-card', () => {
  test('leads through the canceller while that runs, and not without being asked', async () => {
    soundCard('mynah2micv2')
    const server = createServer().listen(at('native'))
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      const asked = await sound('choose-sound-card', ['2mic', at('through.conf')], environment('speex'))
      expect(asked.stdout).toBe('choose-sound-card: mynah2micv2 (2mic), through the echo canceller\n')
      expect(read('through.conf')).toContain(`type pulse server "unix:${at('native')}" device mynah_in`)
      for (const straight of [undefined, 'mynah', 'none']) {
        const outcome = await sound('choose-sound-card', ['2mic', at('straight.conf')], environment(straight))
        expect(outcome).toMatchObject({ exitCode: 0, stderr: '' })
        expect(read('straight.conf')).not.toContain('pulse')
      }
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
  test('speaks without the canceller when that does not run, and says where to look', async () => {
    soundCard('mynah2micv2')
    const outcome = await sound('choose-sound-card', ['2mic', at('asound.conf')], environment('webrtc'))
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'choose-sound-card: mynah2micv2 (2mic)\n' })
    expect(outcome.stderr).toContain('journalctl -u mynah-echo-canceller')
    expect(read('asound.conf')).toContain('hw:mynah2micv2')
  })
})

describe('the echo canceller', () => {
  test.each([
    [undefined, 1],
    ['none', 1],
    ['mynah', 1],
    ['webrtc', 0],
    ['speex', 0],
  ])('asked for as %s is wanted or not', async (canceller, exitCode) => {
    expect(await sound('echo-canceller', ['--wanted'], environment(canceller))).toMatchObject({ exitCode })
  })
  test('says what to do where PulseAudio is not installed', async () => {
    soundCard('mynah2micv2')
    const bare = { ...environment('webrtc'), PATH: at('bin') }
    program('dirname', '/usr/bin/dirname "$@"')
    const outcome = await run('/bin/sh', [join(root, 'hardware/sound/echo-canceller'), '2mic', at('run')], bare)
    expect(outcome.exitCode).toBe(78)
    expect(outcome.stderr).toContain('sudo mynah-device echo-canceller on webrtc')
  })
  test('leaves an array alone that has one of its own', async () => {
    soundCard('Array', '2886:001a')
    for (const name of ['pulseaudio', 'pactl']) program(name, '')
    const outcome = await sound('echo-canceller', ['auto', at('.')], environment('webrtc'))
    expect(outcome).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining('Array has an echo canceller of its own'),
    })
  })
  test.each([
    ['pulseaudio 16.1', true],
    ['pulseaudio 17.0', false],
  ])('asks %s for what it knows', async (version, isLonger) => {
    soundCard('mynah2micv2')
    program('pulseaudio', `[ "$1" != --version ] || { echo "${version}"; exit; }`)
    program('pactl', 'exit 1')
    const outcome = await sound('echo-canceller', ['2mic', at('.')], environment('webrtc'))
    expect(outcome).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('PulseAudio did not start on mynah2micv2'),
    })
    expect(read('echo.pa')).toContain('module-alsa-sink device="hw:mynah2micv2" sink_name=card_out')
    expect(read('echo.pa').includes('extended_filter=1')).toBe(isLonger)
  })
  test('ends with a sentence when the card goes, so that it is started anew', async () => {
    soundCard('mynah2micv2')
    program('pulseaudio', '[ "$1" = --version ] || exec sleep 20')
    program('pactl', `[ ! -e ${at('gone')} ] && touch ${at('gone')} && echo "3 mynah_in"`)
    const outcome = await sound('echo-canceller', ['2mic', at('.')], environment('speex'))
    expect(outcome.stdout).toBe('echo-canceller: mynah2micv2, by speex\n')
    expect(outcome).toMatchObject({ exitCode: 1, stderr: 'echo-canceller: mynah2micv2 is gone\n' })
  })
})

describe('mynah-device echo-canceller', () => {
  const asked = (...args: string[]) => {
    program('id', 'echo 0')
    program('systemctl', '')
    return run(join(root, 'hardware/first-boot/mynah-device'), ['echo-canceller', ...args], {
      ...environment(),
      MYNAH_SETTINGS: at('device.env'),
    })
  }
  const calls = () => read('calls').trim().split('\n')
  beforeEach(() => writeFileSync(at('device.env'), 'MYNAH_TOKEN=secret\nMYNAH_ECHO_CANCELLER=none\n', { mode: 0o600 }))

  test('is switched on and off in the settings, which stay those of root alone', async () => {
    program('apt-get', 'exit 1')
    expect(await asked('on')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('sudo mynah-device doctor'),
    })
    expect(read('device.env')).toBe('MYNAH_TOKEN=secret\nMYNAH_ECHO_CANCELLER=mynah\n')
    expect(statSync(at('device.env')).mode & 0o777).toBe(0o600)
    expect(calls()).toEqual(
      expect.arrayContaining(['systemctl stop mynah-device mynah-echo-canceller', 'systemctl start mynah-device']),
    )
    for (const name of ['pulseaudio', 'pactl']) program(name, '')
    await asked('on', 'webrtc')
    expect(read('device.env')).toContain('MYNAH_ECHO_CANCELLER=webrtc\n')
    await asked('off')
    expect(read('device.env')).toBe('MYNAH_TOKEN=secret\nMYNAH_ECHO_CANCELLER=none\n')
  })
  test('says so when anything else is asked', async () => {
    expect(await asked('maybe')).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('on, on webrtc, on speex, or off'),
    })
    expect(read('device.env')).toContain('MYNAH_ECHO_CANCELLER=none')
  })
})
