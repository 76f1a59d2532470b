import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

const choose = () => execFileSync('sh', [launcher, root, '--choose'], { stdio: 'ignore' })
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
