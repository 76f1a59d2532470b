import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshFiles, type Generation, makeFolder } from './card-image.ts'
import { answers, flash, newFolder, root as repository, run, sshKey, token, wifiPassword } from './flash.ts'

let folder: ReturnType<typeof newFolder>
const at = (name: string) => join(folder.path, name)
const pi = (name: string) => join(folder.path, 'pi', name)
const read = (name: string) => readFileSync(pi(name), 'utf8')
const write = (name: string, text: string, mode = 0o644) => {
  mkdirSync(dirname(pi(name)), { recursive: true })
  writeFileSync(pi(name), text)
  chmodSync(pi(name), mode)
}
beforeEach(() => {
  folder = newFolder()
  writeFileSync(at('key.pub'), `${sshKey}\n`)
  write('etc/os-release', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
  write('proc/asound/cards', ' 0 [Array]: USB-Audio\n')
  mkdirSync(pi('etc/systemd/system'), { recursive: true })
})
afterEach(() => folder.remove())

/** The programs of a Pi that would change this computer, each of which writes down how it was called. */
const bin = (answering: Readonly<Record<string, string>> = {}) => {
  const scripts: Record<string, string> = {
    systemctl: '[ "$1 $2" = "-q is-active" ] && exit 3; exit 0',
    id: 'exit 1',
    dpkg: 'echo arm64',
    python3: 'exit 1',
    ...Object.fromEntries(['useradd', 'usermod', 'modprobe', 'dtoverlay', 'dtparam', 'rfkill', 'sync', 'nmcli', 'iw', 'alsactl', 'chown'].map((name) => [name, ''])),
    ...answering,
  } // biome-ignore format: short
  mkdirSync(at('pi-bin'), { recursive: true })
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(at(`pi-bin/${name}`), `#!/bin/bash\necho "${name} $*" >> ${at('calls')}\n${script}\n`)
    chmodSync(at(`pi-bin/${name}`), 0o755)
  }
  return { PATH: `${at('pi-bin')}:${process.env.PATH}`, MYNAH_ROOT: at('pi') }
}
const calls = () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : [])

/** A card that `flash.sh` has staged, as the Pi sees it. */
const staged = async (generation: Generation, changes: Readonly<Record<string, string | undefined>> = {}) => {
  makeFolder(pi('boot/firmware'), freshFiles[generation])
  const args = ['--seed-only', pi('boot/firmware'), '--ssh-key', at('key.pub'), ...answers(changes)]
  expect(await flash({ args, env: wifiPassword, folder: folder.path })).toMatchObject({ exitCode: 0 })
}
const boot = (script: string, env: Record<string, string>) => run('bash', [pi(`boot/firmware/${script}`)], env)

describe('the first start of a card with cloud-init', () => {
  test('unpacks, installs, enables, and says so in a log on the card', async () => {
    await staged('trixie', { '--audio': 'usb' })
    expect(await boot('mynah/first-boot.sh', bin())).toMatchObject({ exitCode: 0 })
    expect(readlinkSync(pi('opt/mynah/current'))).toBe('slots/a')
    expect(read('opt/mynah/current/manifest.json')).toContain('linux-arm64')
    expect(read('etc/systemd/system/mynah-device.service')).toContain('[Unit]')
    expect(read('etc/NetworkManager/conf.d/90-mynah.conf')).toBe('[connection]\nwifi.powersave=2\n')
    expect(calls()).toEqual(
      expect.arrayContaining([
        'useradd --system --home-dir /var/lib/mynah --shell /usr/sbin/nologin mynah',
        'usermod -a -G audio mynah',
        'usermod -a -G gpio mynah',
        'systemctl enable --quiet mynah-device.service',
        'systemctl --no-block restart mynah-device.service',
      ]),
    )
    const log = read('boot/firmware/mynah/setup-log.txt')
    expect(log).toMatch(
      /Debian GNU\/Linux 13[\s\S]*ok {6}bundle: version 0\.0\.1[\s\S]*done: the speaker starts and says so/,
    )
    expect(log).not.toContain('FAILED')
  })

  test('no secret stays on the card or in its log; only root can read the token', async () => {
    await staged('trixie', { '--audio': 'usb' })
    await boot('mynah/first-boot.sh', bin())
    expect(read('etc/mynah/device.env')).toBe(
      `MYNAH_CLOUD=http://192.168.1.10:8700\nMYNAH_DEVICE_ID=mynah-0123456789ab\nMYNAH_LANGUAGE=en\nMYNAH_SOUND_CARD=usb\nMYNAH_TOKEN=${token}\n`,
    )
    expect(statSync(pi('etc/mynah/device.env')).mode & 0o777).toBe(0o600)
    expect((await run('grep', ['-rlF', token, pi('boot')], { PATH: process.env.PATH ?? '' })).stdout).toBe('')
  })

  test('the keys of releases come with the card, and reach the speaker', async () => {
    const keys = `mynah-fw1.${'a'.repeat(43)},mynah-fw1.${'B'.repeat(43)}`
    await staged('trixie', { '--audio': 'usb', '--firmware-keys': keys })
    await boot('mynah/first-boot.sh', bin())
    expect(read('etc/mynah/device.env')).toContain(`\nMYNAH_FIRMWARE_KEYS=${keys}\n`)
  })

  test.each([
    ['0x1a', 'wm8960-soundcard', /WM8960 at 0x1a, overlay wm8960-soundcard/],
    ['0x18', 'mynah-2mic-v2', /TLV320AIC3104 at 0x18, overlay mynah-2mic-v2/],
  ])('a HAT that answers at %s gets its overlay, at once and for later', async (address, overlay, said) => {
    await staged('trixie')
    await boot('mynah/first-boot.sh', bin({ python3: `cat >/dev/null; [ "$2" = ${address} ]` }))
    expect(calls()).toContain(`dtoverlay ${overlay}`)
    expect(read('boot/firmware/config.txt')).toContain(
      `dtparam=audio=off\ndtoverlay=${overlay}\ndtparam=spi=on\n# mynah: end\n`,
    )
    expect(read('etc/mynah/device.env')).toMatch(
      /\nMYNAH_LIGHTS=apa102:3\nMYNAH_BUTTON=17\nMYNAH_ECHO_CANCELLER=mynah\n/,
    )
    expect(read('boot/firmware/mynah/setup-log.txt')).toMatch(said)
  })

  test('a HAT that does not answer is named in the log, and the rest goes on', async () => {
    await staged('trixie')
    await boot('mynah/first-boot.sh', bin())
    const log = read('boot/firmware/mynah/setup-log.txt')
    expect(log).toMatch(
      /FAILED {2}sound HAT: no codec answers on I2C bus 1 \(0x1a, 0x18\): is the HAT pushed on fully\?/,
    )
    expect(log).toMatch(/ok {6}service[\s\S]*1 steps failed; what to do/)
  })

  test('levels are set on the card that is there, and kept by the system', async () => {
    await staged('trixie', { '--audio': 'usb' })
    await boot('mynah/first-boot.sh', bin())
    expect(read('boot/firmware/mynah/setup-log.txt')).toContain(
      'ok      sound levels: 3 levels set on Jabra Speak, usb',
    )
    expect(calls()).toContain('alsactl store Jabra Speak')
  })

  test('a sound card that is missing is named, and the speaker is installed all the same', async () => {
    await staged('trixie', { '--audio': 'usb' })
    await boot('mynah/first-boot.sh', { ...bin(), NO_SOUND: '1' })
    const log = read('boot/firmware/mynah/setup-log.txt')
    expect(log).toMatch(/FAILED {2}sound levels: no sound card yet; plug it in/)
    expect(log).toMatch(/ok {6}service[\s\S]*ok {6}token removed from the card/)
  })

  test('a damaged bundle does not replace what runs, and the next staging can try again', async () => {
    await staged('trixie', { '--audio': 'usb' })
    write('boot/firmware/mynah/mynah.tar.gz', 'damaged')
    await boot('mynah/first-boot.sh', bin())
    expect(read('boot/firmware/mynah/setup-log.txt')).toMatch(
      /FAILED {2}bundle: mynah.tar.gz is damaged: flash the card again/,
    )
    expect(existsSync(pi('opt/mynah/current'))).toBe(false)
    expect(existsSync(pi('boot/firmware/mynah/settings.sh'))).toBe(true)
    expect(calls().filter((line) => line.includes('enable'))).toEqual([])
  })

  test('a 32-bit system is told to be flashed anew', async () => {
    await staged('trixie', { '--audio': 'usb' })
    await boot('mynah/first-boot.sh', bin({ dpkg: 'echo armhf' }))
    expect(read('boot/firmware/mynah/setup-log.txt')).toMatch(
      /FAILED {2}processor: this system is armhf, arm64 is needed/,
    )
  })

  test('a second run changes nothing', async () => {
    await staged('trixie', { '--audio': 'usb' })
    await boot('mynah/first-boot.sh', bin())
    const log = read('boot/firmware/mynah/setup-log.txt')
    const before = calls().length
    const outcome = await boot('mynah/first-boot.sh', bin())
    expect(outcome.stdout).toContain('nothing to do')
    expect(read('boot/firmware/mynah/setup-log.txt').startsWith(log)).toBe(true)
    expect(calls()).toHaveLength(before)
  })
})

describe('the first start of a card with bookworm', () => {
  const withHelpers = () => {
    for (const name of ['usr/lib/raspberrypi-sys-mods/imager_custom', 'usr/lib/userconf-pi/userconf']) {
      write(name, `#!/bin/bash\necho "${name.split('/').pop()} $*" >> ${at('calls')}\n`, 0o755)
    }
    write('var/lib/systemd/rfkill/platform-3f300000.mmcnr:wlan', '1')
  }

  test('configures the Wi-Fi, never runs again, and goes on with the boot without a restart', async () => {
    withHelpers()
    await staged('bookworm', { '--wifi': "Café 'n' $HOME" })
    // The system's own first pass removes what it has applied.
    execFileSync('rm', [pi('boot/firmware/custom.toml')])
    expect(await boot('firstrun.sh', bin())).toMatchObject({ exitCode: 0 })
    expect(read('boot/firmware/cmdline.txt')).not.toMatch(/systemd\./)
    expect(read('boot/firmware/cmdline.txt')).toContain('cfg80211.ieee80211_regdom=CH')
    expect(existsSync(pi('boot/firmware/firstrun.sh'))).toBe(false)
    const connection = read('etc/NetworkManager/system-connections/mynah.nmconnection')
    const bytes = (/^ssid=(.*)$/m.exec(connection)?.[1] ?? '').split(';').filter(Boolean).map(Number)
    expect(Buffer.from(bytes).toString()).toBe("Café 'n' $HOME")
    expect(connection).toMatch(/\[wifi-security\]\nkey-mgmt=wpa-psk\npsk=[0-9a-f]{64}\n/)
    expect(statSync(pi('etc/NetworkManager/system-connections/mynah.nmconnection')).mode & 0o777).toBe(0o600)
    expect(read('var/lib/systemd/rfkill/platform-3f300000.mmcnr:wlan')).toBe('0\n')
    expect(calls()).toEqual(expect.arrayContaining(['imager_custom set_wlan_country CH', 'rfkill unblock wifi']))
    expect(calls()).not.toContain('imager_custom set_hostname mynah-kitchen')
    expect(calls().at(-1)).toBe('systemctl --no-block start multi-user.target')
    expect(read('boot/firmware/mynah/setup-log.txt')).toContain('ok      service')
  })

  test('does what custom.toml says where the system did not', async () => {
    withHelpers()
    await staged('bookworm')
    await boot('firstrun.sh', bin())
    expect(calls()).toEqual(
      expect.arrayContaining([
        'imager_custom set_hostname mynah-kitchen',
        'imager_custom set_timezone Europe/Zurich',
        `imager_custom enable_ssh -k ${sshKey}`,
        'userconf pi !',
      ]),
    )
    expect(existsSync(pi('boot/firmware/custom.toml'))).toBe(false)
  })

  test('goes on with the boot although everything fails', async () => {
    await staged('bookworm')
    execFileSync('rm', ['-r', pi('boot/firmware/mynah')])
    await boot('firstrun.sh', bin())
    expect(read('boot/firmware/cmdline.txt')).not.toMatch(/systemd\./)
    expect(calls().at(-1)).toBe('systemctl --no-block start multi-user.target')
  })
})

describe('the sound card', () => {
  const chooser = join(repository, 'hardware/sound/choose-sound-card')
  const card = (number: number, id: string, files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries({ id: `${id}\n`, ...files })) write(`asound/card${number}/${name}`, text)
  }
  const both = { 'pcm0c/info': '', 'pcm0p/info': '' }
  const choose = async (kind: string) => {
    const outcome = await run('sh', [chooser, kind, at('asound.conf')], {
      PATH: process.env.PATH ?? '',
      MYNAH_ASOUND: pi('asound'),
    })
    return { ...outcome, config: existsSync(at('asound.conf')) ? readFileSync(at('asound.conf'), 'utf8') : '' }
  }
  beforeEach(() => {
    card(0, 'vc4hdmi0', { 'pcm0p/info': '' })
    card(1, 'Webcam', { usbid: '046d:0825\n', 'pcm0c/info': '' })
  })

  test.each([
    ['usb', 'a speakerphone', 'Jabra', { usbid: '0b0e:0420\n' }, 'capture.pcm { type plug slave.pcm "hw:Jabra" }'],
    ['xvf3800', 'the array', 'Array', { usbid: '2886:001a\n' }, 'slave.pcm "hw:Array" ttable { 0.0 1 }'],
    [
      '2mic',
      'the first HAT',
      'wm8960soundcard',
      {},
      'slave { pcm "hw:wm8960soundcard" channels 2 } ttable { 0.0 0.5 0.1 0.5 }',
    ],
    [
      '2mic',
      'the second HAT',
      'mynah2micv2',
      {},
      'slave { pcm "hw:mynah2micv2" channels 2 } ttable { 0.0 0.5 0.1 0.5 }',
    ],
  ])('%s finds %s by what it is, not by its number', async (kind, _what, id, files, line) => {
    card(2, id, { ...both, ...files })
    for (const wanted of [kind, 'auto']) {
      const { exitCode, config } = await choose(wanted)
      expect(exitCode).toBe(0)
      expect(config).toContain(line)
      expect(config).toMatch(/^<\/usr\/share\/alsa\/alsa\.conf>\n/)
    }
  })

  test('auto prefers the array to any other USB card, and that to a HAT', async () => {
    card(2, 'wm8960soundcard', both)
    card(3, 'Jabra', { ...both, usbid: '0b0e:0420\n' })
    expect((await choose('auto')).stdout).toContain('Jabra (usb)')
    card(4, 'Array', { ...both, usbid: '2886:001a\n' })
    expect((await choose('auto')).stdout).toContain('Array (xvf3800)')
  })

  test('a card that only hears or only speaks is not taken', async () => {
    const { exitCode, stderr } = await choose('auto')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('no sound card of kind auto that has a microphone and a loudspeaker')
  })

  describe('levels', () => {
    const levels = async (card: string, kind: string, has: RegExp) => {
      const amixer = `[[ "$5" =~ ${has.source} ]] || exit 1`
      const env = bin({ amixer })
      const outcome = await run('sh', [join(repository, 'hardware/sound/set-levels'), card, kind], env)
      return { ...outcome, controls: calls().map((line) => line.replace(/^amixer -q -c \S+ cset name=/, '')) }
    }
    test('of a WM8960 connect the sound to the outputs and the microphones to the input', async () => {
      const { exitCode, stdout, controls } = await levels('wm8960soundcard', '2mic', /./)
      expect([exitCode, stdout]).toEqual([0, '13 levels set on wm8960soundcard\n'])
      expect(controls).toEqual(
        expect.arrayContaining([
          'Left Output Mixer PCM Playback Switch on',
          'Right Input Mixer Boost Switch on',
          'Capture Volume 70%',
        ]),
      )
    })
    test('of the second HAT go by the names of its own driver', async () => {
      expect((await levels('mynah2micv2', '2mic', /./)).controls).toContain('Left PGA Mixer Line1L Switch on')
    })
    test('that a USB card does not have are passed over', async () => {
      expect(await levels('Jabra', 'usb', /PCM/)).toMatchObject({ exitCode: 0, stdout: '2 levels set on Jabra\n' })
      expect(await levels('Jabra', 'usb', /nothing/)).toMatchObject({ exitCode: 0, stdout: '0 levels set on Jabra\n' })
    })
    test('of which none fits leave a HAT silent, which is said', async () => {
      expect(await levels('wm8960soundcard', '2mic', /nothing/)).toMatchObject({ exitCode: 1 })
    })
  })

  test('what it writes is read by ALSA itself, sound and all', async () => {
    card(2, 'wm8960soundcard', both)
    const { config } = await choose('2mic')
    // Two different channels come out as their mean: 1000 and 3000 as 2000.
    const samples = new Int16Array(16_000 * 2).map((_, index) => (index % 2 === 0 ? 1000 : 3000))
    writeFileSync(at('in.raw'), samples)
    const hardware = `pcm.twochannels { type file slave.pcm { type null } file "/dev/null" infile "${at('in.raw')}" format raw }`
    writeFileSync(at('asound.conf'), `${config.replaceAll('"hw:wm8960soundcard"', '"twochannels"')}\n${hardware}\n`)
    execFileSync(
      'arecord',
      ['-q', '-D', 'default', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', '16000', '-s', '1600', at('out.raw')],
      {
        env: { ...process.env, ALSA_CONFIG_PATH: at('asound.conf') },
      },
    )
    const bytes = readFileSync(at('out.raw'))
    expect(new Set(new Int16Array(bytes.buffer, bytes.byteOffset, 800))).toEqual(new Set([2000]))
  })
})
