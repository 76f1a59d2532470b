import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { eventually } from '../eventually.ts'
import { requirement } from '../requirement.ts'
import { noSystemdReason, type OwnSystemd, prepareFolders, startOwnSystemd } from './own-systemd.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

/** Both services as systemd runs them, with everything that their units forbid. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const reason = noSystemdReason(root)
const systemdHere = requirement(reason === undefined, `a systemd in namespaces of its own: ${reason}`)
/** Five starts of a program, each after a second. */
const fiveStartsMs = 90_000

describe.skipIf(!systemdHere.isMet)('under systemd', () => {
  mkdirSync(join(root, 'dist'), { recursive: true })
  const folder = systemdHere.isMet ? mkdtempSync(join(root, 'dist/systemd-')) : ''
  const ports = { http: 18_795, mqtt: 18_796, udp: 18_797 }
  const url = `http://127.0.0.1:${ports.http}`
  let systemd: OwnSystemd

  const isReady = async (): Promise<boolean> => {
    try {
      return (await fetch(`${url}/health/ready`)).ok
    } catch {
      return false
    }
  }

  const layCloud = () => {
    const settings = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])
    const args = ['--data-dir', join(folder, 'data'), '--host', '127.0.0.1', '--audio-workers', '1', ...settings]
    const unit = execFileSync(process.execPath, ['scripts/run-cloud.mjs', 'service', '--user', 'root', ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    writeFileSync(join(folder, 'units/mynah-cloud.service'), unit)
  }

  /** As the first start of a Pi lays it, in both slots. */
  const layDevice = () => {
    const bundle = join(folder, 'bundle.tar.gz')
    const make = ['tsx', 'scripts/bundle/main.ts', '--target', process.arch, '--without-node', '--out', bundle]
    execFileSync('npx', make, { cwd: root, stdio: 'pipe' })
    for (const slot of ['a', 'b']) {
      const home = join(folder, 'opt/mynah/slots', slot)
      mkdirSync(join(home, 'node/bin'), { recursive: true })
      execFileSync('tar', ['-xzf', bundle, '-C', home, '--no-same-owner'])
      symlinkSync(process.execPath, join(home, 'node/bin/node'))
    }
    rmSync(bundle)
    symlinkSync('slots/b', join(folder, 'opt/mynah/current'))
    const release = join(folder, 'opt/mynah/slots/b')
    mkdirSync(join(folder, 'lib/mynah'))
    copyFileSync(join(release, 'bin/launch'), join(folder, 'lib/mynah/launch'))
    writeFileSync(join(folder, 'opt/silence.wav'), encodeWav(new Int16Array(16_000 * 600), 16_000))
    copyFileSync(join(release, 'systemd/mynah-device.service'), join(folder, 'units/mynah-device.service'))
    mkdirSync(join(folder, 'units/mynah-device.service.d'))
    // There is no sound card to choose, no wireless network to join, and no time to wait between tries.
    const here = [
      '[Service]',
      'ExecStartPre=',
      'ExecStartPre=-/usr/local/lib/mynah/launch /opt/mynah --choose',
      'Environment=MYNAH_CLOUD=http://127.0.0.1:9 MYNAH_MICROPHONE=file:/opt/silence.wav MYNAH_LOUDSPEAKER=file:/var/lib/mynah/out.wav',
      'RestartSec=1',
    ]
    writeFileSync(join(folder, 'units/mynah-device.service.d/here.conf'), here.join('\n'))
    execFileSync('chown', ['-R', '61234:61234', join(folder, 'opt')])
  }

  beforeAll(async () => {
    prepareFolders(folder)
    layCloud()
    layDevice()
    systemd = await startOwnSystemd(folder)
  })
  afterAll(() => {
    systemd?.stop()
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  test(
    systemdHere.naming('the cloud starts, is started again when it is killed, outlives its journal, and stops'),
    async () => {
      systemd.systemctl('start', 'mynah-cloud')
      await eventually(isReady, 'the cloud is ready')
      systemd.systemctl('kill', '--kill-whom=main', '--signal=KILL', 'mynah-cloud')
      await eventually(() => systemd.show('mynah-cloud', 'NRestarts') === '1', 'the cloud is started again')
      await eventually(isReady, 'the cloud is ready again')
      systemd.systemctl('restart', 'systemd-journald')
      expect(await isReady()).toBe(true)
      systemd.systemctl('stop', 'mynah-cloud')
      expect(systemd.show('mynah-cloud', 'Result')).toBe('success')
      expect(systemd.journal('mynah-cloud')).toContain('"message":"stopped"')
    },
  )

  test(
    systemdHere.naming(
      'the speaker says when it is up, outlives its journal, and leaves a release that was damaged on the disk',
    ),
    async () => {
      systemd.systemctl('start', 'mynah-device')
      expect(systemd.show('mynah-device', 'ActiveState')).toBe('active')
      expect(systemd.journal('mynah-device')).toContain('"message":"the speaker listens"')
      systemd.systemctl('restart', 'systemd-journald')
      expect(systemd.show('mynah-device', 'NRestarts')).toBe('0')
      systemd.systemctl('stop', 'mynah-device')

      const program = join(folder, 'opt/mynah/slots/b/main.js')
      writeFileSync(program, readFileSync(program, 'utf8').replace('import', 'imp\u0000rt'))
      systemd.systemctl('start', '--no-block', 'mynah-device')
      const isOther = () => readlinkSync(join(folder, 'opt/mynah/current')) === 'slots/a'
      await eventually(isOther, 'the other release takes over', fiveStartsMs)
      await eventually(() => systemd.show('mynah-device', 'ActiveState') === 'active', 'the speaker is up')
      expect(systemd.journal('mynah-device')).toContain(
        'the release in slots/b is damaged: the one in slots/a takes over',
      )
      systemd.systemctl('stop', 'mynah-device')
    },
  )
})
