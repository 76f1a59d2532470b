import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** The program in a checkout of its own, whose cloud only says a word. */
let checkout: string
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(checkout, path)), { recursive: true })
  writeFileSync(join(checkout, path), text)
}
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'mynah-test-'))
  for (const path of ['scripts/run-cloud.mjs', 'package-lock.json', 'cloud/package.json']) {
    cpSync(join(repository, path), join(checkout, path))
  }
  symlinkSync(join(repository, 'node_modules'), join(checkout, 'node_modules'))
  put('cloud/src/bridge/plane/main-worker.ts', 'export {}\n')
  put('cloud/src/bridge/plane/main-pacing.ts', 'export {}\n')
  put('cloud/src/live/main-live.ts', 'export {}\n')
  put('cloud/src/store/main-copy.ts', 'export {}\n')
  put('cloud/src/word.ts', "export const word: string = 'one'\n")
  put('cloud/src/main.ts', "import { word } from './word.ts'\nconsole.log(word, process.argv.slice(2).join(' '))\n")
})
afterEach(() => rmSync(checkout, { recursive: true, force: true }))

const run = async (...args: readonly string[]) => {
  const program = join(checkout, 'scripts/run-cloud.mjs')
  return (await promisify(execFile)(process.execPath, [program, ...args])).stdout.trim()
}
const bundles = () => readdirSync(join(checkout, 'cloud/dist'))

describe('the program that runs the cloud', () => {
  test('hands its arguments on, and takes the same bundle again while nothing has changed', async () => {
    expect(await run('serve', '--json')).toBe('one serve --json')
    const made = bundles()
    expect(await run('turns')).toBe('one turns')
    expect(bundles()).toEqual(made)
  })

  test('runs what the source says after a change, and after it was taken back', async () => {
    expect(await run()).toBe('one')
    put('cloud/src/word.ts', "export const word: string = 'another'\n")
    expect(await run()).toBe('another')
    put('cloud/src/word.ts', "export const word: string = 'one'\n")
    expect(await run()).toBe('one')
  })

  test('is started many times at once', async () => {
    expect(await Promise.all([run(), run(), run(), run()])).toEqual(['one', 'one', 'one', 'one'])
    expect(bundles()).toHaveLength(1)
  })

  test('leaves a bundle alone that another cloud has written and not named yet', async () => {
    await run()
    const [made = ''] = bundles()
    renameSync(join(checkout, 'cloud/dist', made), join(checkout, 'cloud/dist/unfinished-another'))
    expect(await run()).toBe('one')
    expect(bundles().toSorted()).toEqual([made, 'unfinished-another'].toSorted())
  })

  test('keeps the ten bundles that were used last', async () => {
    for (let change = 0; change < 10; change++)
      mkdirSync(join(checkout, `cloud/dist/unfinished-${change}`), { recursive: true })
    expect(await run()).toBe('one')
    expect(bundles()).toHaveLength(10)
    expect(await run()).toBe('one')
  })
})
