import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { programNamed } from '../../../test/requirement.ts'
import { describeService, serviceUnit } from '../../src/commands/service-unit.ts'
import { callCommand } from '../cloud-child.ts'
import { temporaryFolder } from '../temporary-store.ts'

let folder = temporaryFolder()
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const ports = { http_port: 8700, mqtt_port: 1883, udp_port: 8710 }
const lineOf = (unit: string, name: string) => unit.split('\n').find((line) => line.startsWith(`${name}=`))

test('the service runs the cloud of this checkout with the settings that were given', async () => {
  const dataDir = join(folder.path, 'data')
  const { code, stdout, stderr } = await callCommand(describeService, [
    '--data-dir',
    dataDir,
    '--time-zone',
    'Europe/Zurich',
    '--trust-proxy',
  ])
  expect(code).toBe(0)
  expect(lineOf(stdout, 'ExecStart')).toBe(
    `ExecStart=${process.execPath} ${process.cwd()}/scripts/run-cloud.mjs serve --data-dir ${dataDir} --time-zone Europe/Zurich --trust-proxy`,
  )
  expect(lineOf(stdout, 'User')).toBe(`User=${userInfo().username}`)
  expect(lineOf(stdout, 'AmbientCapabilities')).toBe('AmbientCapabilities=')
  expect(lineOf(stdout, 'ReadWritePaths')).toContain(dataDir)
  expect(existsSync(dataDir)).toBe(true)
  expect(stderr).toContain('sudo systemctl')
})

test('a low port needs a right, and only then there is one', async () => {
  const { stdout } = await callCommand(describeService, ['--data-dir', folder.path, '--http-port', '443'])
  expect(lineOf(stdout, 'AmbientCapabilities')).toBe('AmbientCapabilities=CAP_NET_BIND_SERVICE')
})

test('it may run as anybody whom the machine can know', async () => {
  for (const user of ['mynah', 'grace.hopper', '_cloud-1']) {
    const { stdout } = await callCommand(describeService, ['--data-dir', folder.path, '--user', user])
    expect(lineOf(stdout, 'User')).toBe(`User=${user}`)
  }
})

test.each([
  [['--http-port', 'soon'], '--http-port: "soon" is not allowed'],
  [['--htp-port', '80'], '--htp-port'],
  [['--user', 'a\nExecStartPre=/bin/false'], '--user'],
  [['--llm-api-key', 'tiger'], '/etc/mynah/cloud.env'],
  [['--speech-token=tiger'], '/etc/mynah/cloud.env'],
])('%j is refused with what is wrong, and nothing secret is printed', async (args, said) => {
  const { code, stdout, stderr } = await callCommand(describeService, ['--data-dir', folder.path, ...args])
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(said)
  expect(stderr).not.toContain('tiger')
})

describe('as systemd reads it', () => {
  const systemd = programNamed('systemd-analyze', 'systemd')
  const unitFile = () => join(folder.path, 'mynah-cloud.service')
  /** Whatever people call their folders. */
  const write = (name: string) => {
    const checkout = join(folder.path, name)
    mkdirSync(checkout)
    const config = { ...ports, data_dir: join(checkout, 'data') }
    const unit = serviceUnit({
      checkout,
      nodePath: process.execPath,
      user: 'root',
      config,
      flags: ['--llm-model', '$HOME "50 %n"'],
    })
    writeFileSync(unitFile(), unit)
    return unit
  }

  test.skipIf(!systemd.isMet)(systemd.naming('it has no fault, also in folders with odd names'), () => {
    for (const name of ['mynah', 'my speakers', '50 %n of "it" \\ $HOME']) {
      write(name)
      expect(execFileSync('systemd-analyze', ['verify', unitFile()], { encoding: 'utf8', stdio: 'pipe' })).toBe('')
    }
  })

  test.skipIf(!systemd.isMet)(systemd.naming('it is exposed to no more than 2.5 of 10 by its own measure'), () => {
    writeFileSync(unitFile(), write('mynah').replace('User=root', 'User=mynah'))
    const args = ['security', '--offline=true', '--threshold=25', unitFile()]
    expect(() => execFileSync('systemd-analyze', args, { stdio: 'pipe' })).not.toThrow()
  })

  test('no value is a variable or a specifier', () => {
    const unit = write('mynah')
    expect(lineOf(unit, 'ExecStart')).toMatch(/ --llm-model "\$\$HOME \\"50 %%n\\""$/)
  })
})
