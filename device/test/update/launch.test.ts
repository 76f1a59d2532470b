import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const launcher = new URL('../../../hardware/first-boot/launch', import.meta.url).pathname

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mynah-launch-'))
  symlinkSync('slots/b', join(root, 'current'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const choose = (env: Readonly<Record<string, string>> = {}) =>
  execFileSync('sh', [launcher, root, '--choose'], { stdio: 'ignore', env: { PATH: process.env.PATH, ...env } })
const current = () => readlinkSync(join(root, 'current'))

/** A folder in the place of a file: like a full disk, it takes no text. */
describe('the launcher', () => {
  it('counts the tries of a release on trial, and takes it back at the third', () => {
    writeFileSync(join(root, 'trial'), 'a 0 away r1\n')
    choose()
    expect(readFileSync(join(root, 'trial'), 'utf8')).toBe('a 1 away r1\n')
    choose()
    expect(current()).toBe('slots/b')
    choose()
    expect(current()).toBe('slots/a')
    expect(readFileSync(join(root, 'failed'), 'utf8')).toBe('r1\n')
  })
  it('takes it back also when the disk does not let it remember that', () => {
    writeFileSync(join(root, 'trial'), 'a 2 away r1\n')
    mkdirSync(join(root, 'failed'))
    choose()
    expect(current()).toBe('slots/a')
  })
  it('takes it back when the disk does not let it count: it would be tried for ever', () => {
    writeFileSync(join(root, 'trial'), 'a 0 away r1\n')
    mkdirSync(join(root, 'trial.next'))
    choose()
    expect(current()).toBe('slots/a')
  })
  it('finds a release by itself when the link to it is gone or leads nowhere', () => {
    mkdirSync(join(root, 'slots/a'), { recursive: true })
    choose()
    expect(current()).toBe('slots/a')
    rmSync(join(root, 'current'))
    choose()
    expect(current()).toBe('slots/a')
  })
})

describe('a release that proved itself and does not stay up any more', () => {
  const layIn = (slot: 'a' | 'b') => {
    const folder = join(root, 'slots', slot)
    mkdirSync(folder, { recursive: true })
    const program = `the program of ${slot}`
    writeFileSync(join(folder, 'main.js'), program)
    writeFileSync(join(folder, 'SHA256SUMS'), `${createHash('sha256').update(program).digest('hex')}  main.js\n`)
  }
  const damage = (slot: 'a' | 'b') => writeFileSync(join(root, 'slots', slot, 'main.js'), 'the progrXm')
  const startAt = (seconds: number) => {
    writeFileSync(join(root, 'uptime'), `${seconds}.52 17.00\n`)
    choose({ RUNTIME_DIRECTORY: join(root, 'run'), MYNAH_UPTIME: join(root, 'uptime') })
  }
  const startTimes = (times: number) => {
    for (let start = 0; start < times; start++) startAt(1_000)
  }
  /** As if it had started so often already. */
  const startAfter = (starts: number) => {
    writeFileSync(join(root, 'run/starts'), `${starts} 900\n`)
    startAt(1_000)
  }
  beforeEach(() => {
    mkdirSync(join(root, 'run'))
    layIn('a')
    layIn('b')
    writeFileSync(join(root, 'installed'), 'r2\n')
  })

  it('is left for the one before when it is damaged, and will be fetched again', () => {
    damage('b')
    startTimes(4)
    expect(current()).toBe('slots/b')
    startTimes(1)
    expect(current()).toBe('slots/a')
    expect(existsSync(join(root, 'installed'))).toBe(false)
    startAfter(99)
    expect(current()).toBe('slots/a')
  })
  it('stays when it is whole: then something else keeps it from starting', () => {
    startAfter(4)
    startAfter(99)
    expect(current()).toBe('slots/b')
    expect(readFileSync(join(root, 'installed'), 'utf8')).toBe('r2\n')
  })
  it('stays when the other is damaged too, not there, or a list of checksums is missing', () => {
    damage('b')
    damage('a')
    startAfter(4)
    rmSync(join(root, 'slots/a/SHA256SUMS'))
    startAfter(99)
    rmSync(join(root, 'slots/a'), { recursive: true })
    startAfter(199)
    expect(current()).toBe('slots/b')
  })
  it('is not taken for one when its starts are far apart, or cannot be counted', () => {
    damage('b')
    for (let start = 0; start < 6; start++) startAt(1_000 + 301 * start)
    expect(readFileSync(join(root, 'run/starts'), 'utf8')).toBe('1 2505\n')
    for (const nonsense of ['', 'x', '4', '4 x\n', '4 08\n', '\u0000'.repeat(64)]) {
      writeFileSync(join(root, 'run/starts'), nonsense)
      startTimes(1)
      expect(readFileSync(join(root, 'run/starts'), 'utf8')).toMatch(/^1 /)
    }
    for (let start = 0; start < 6; start++) choose()
    for (let start = 0; start < 6; start++) choose({ RUNTIME_DIRECTORY: join(root, 'nowhere') })
    expect(current()).toBe('slots/b')
  })
  it('is judged by its trial as long as that lasts', () => {
    damage('b')
    writeFileSync(join(root, 'trial'), 'a 0 away r2\n')
    startAfter(4)
    expect(current()).toBe('slots/b')
    expect(readFileSync(join(root, 'trial'), 'utf8')).toBe('a 1 away r2\n')
  })
})
