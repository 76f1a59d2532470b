import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshFiles, makeImage, readFiles } from './card-image.ts'
import { bundle, newFolder, root, token } from './flash.ts'

let folder: ReturnType<typeof newFolder>
const at = (name: string) => join(folder.path, name)
beforeEach(() => {
  folder = newFolder()
  makeImage(at('system.img'), { files: freshFiles.trixie })
  makeImage(at('card.img'), { files: { 'mine.txt': 'kept' }, fatMebibytes: 12 })
})
afterEach(() => folder.remove())

/** A person at a terminal: types each answer when its question stands there. Resolves with everything the screen showed. */
const atTerminal = (args: readonly string[], dialogue: readonly (readonly [question: string, answer: string])[]) =>
  new Promise<{ exitCode: number | null; screen: string }>((settle, reject) => {
    const command = [join(root, 'flash.sh'), ...args].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qec', `bash ${command}`, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: folder.path, LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const left = [...dialogue]
    let screen = ''
    let seen = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text
      const [next] = left
      if (!next || !screen.slice(seen).includes(next[0])) return
      seen = screen.length
      left.shift()
      child.stdin.write(`${next[1]}\n`)
    })
    child.once('error', reject)
    child.once('close', (exitCode) => settle({ exitCode, screen }))
  })

const given = () => ['--disk', at('card.img'), '--image', at('system.img'), '--bundle', bundle]
const answersTo = (sure: string) =>
  [
    ['Wi-Fi network', 'Home'],
    ['Country', 'CH'],
    ['Password of Home', 'correct horse'],
    ['Name of the speaker [mynah]', 'Kitchen'],
    ['Time zone', 'Europe/Zurich'],
    ['Language (en or zh) [en]', ''],
    ['Sound hardware', 'usb'],
    ['Address of your cloud', 'http://192.168.1.10:8700'],
    ['Type yes to go on', sure],
  ] as const

test('what is not given is asked for; the password does not show', async () => {
  const { exitCode, screen } = await atTerminal(given(), answersTo('yes'))
  expect(exitCode).toBe(0)
  expect(screen).toContain('it will say a code of six digits to type in the panel')
  expect(screen).not.toContain('correct horse')
  const files = readFiles(at('card.img'))
  expect(String(files.get('network-config'))).toMatch(/"Home":\n {10}password: "[0-9a-f]{64}"/)
  expect(String(files.get('mynah/settings.sh'))).toContain("setting_token=''\n")
})

test('without a yes nothing is changed', async () => {
  const before = readFileSync(at('card.img'))
  const { exitCode, screen } = await atTerminal([...given(), '--token', token], answersTo('no'))
  expect(exitCode).toBe(1)
  expect(screen).toContain('Everything on')
  expect(screen).toContain('Nothing was changed.')
  expect(screen).toContain('Joins http://192.168.1.10:8700 by itself.')
  expect(readFileSync(at('card.img')).equals(before)).toBe(true)
})

test('a wrong answer is asked for again, and what is wrong with it is said', async () => {
  const dialogue = [
    ['Wi-Fi network', 'Home'],
    ['Country', 'UK'],
    ['code is GB, not UK', ''],
    ['The country is missing', 'GB'],
    ['Password of Home', 'short'],
    ['WPA wants 8 to 63', 'correct horse'],
    ['Name of the speaker [mynah]', 'Kitchen'],
    ['Time zone', 'Zurich'],
    ['Did you mean Europe/Zurich?', 'Europe/Zurich'],
    ['Language (en or zh) [en]', 'German'],
    ['not "German"', 'en'],
    ['Sound hardware', 'jabra'],
    ['no sound hardware "jabra"', 'usb'],
    ['Address of your cloud', '192.168.1.10'],
    ['is not the address of a cloud', 'http://192.168.1.10:8700'],
    ['Type yes to go on', 'yes'],
  ] as const
  const { exitCode, screen } = await atTerminal(given(), dialogue)
  expect(screen).toContain('Done. Put the card into the Pi')
  expect(exitCode).toBe(0)
  expect(String(readFiles(at('card.img')).get('network-config'))).toContain('regulatory-domain: "GB"')
})
