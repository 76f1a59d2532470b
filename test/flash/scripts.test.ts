import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, run } from './flash.ts'

const flasher = [
  'flash.sh',
  ...readdirSync(join(root, 'hardware/flash'))
    .filter((name) => name.endsWith('.sh'))
    .map((name) => `hardware/flash/${name}`),
] // prettier-ignore
const onThePi = [
  'hardware/first-boot/first-boot.sh',
  'hardware/first-boot/mynah-device',
  'hardware/first-boot/firstrun.sh',
  'hardware/first-boot/join-once',
  'hardware/first-boot/launch',
  'hardware/sound/choose-sound-card',
  'hardware/sound/echo-canceller',
  'hardware/sound/set-levels',
]
const environment = { PATH: process.env.PATH ?? '' }

describe('the scripts', () => {
  test('shellcheck finds nothing in them', async () => {
    const outcome = await run(
      'shellcheck',
      ['-x', '-P', root, join(root, 'flash.sh'), ...onThePi.map((name) => join(root, name))],
      environment,
    )
    expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  test.each([...flasher, ...onThePi])('%s is read by its shell', (name) => {
    const shell = name.endsWith('.sh') ? 'bash' : 'dash'
    expect(() => execFileSync(shell, ['-n', join(root, name)])).not.toThrow()
  })

  /** What bash 3.2, the one of macOS, does not know. */
  const tooNew = [
    /\b(mapfile|readarray|coproc)\b/,
    /\bdeclare -[Agn]|\blocal -[An]/,
    /\$\{\w+(\^|,)/,
    /\$\{\w+@[A-Za-z]\}/,
    /\|&|&>>/,
    /\bwait -n\b/,
    /printf '%\(/,
    /\bread -[a-z]*[iN]/,
    /\$\{\w+: -\d|\$\{\w+:\d+:-/,
    /\[\[ -v /,
    /;;&|;&/,
    /\bEPOCH(SECONDS|REALTIME)\b/,
  ]
  test.each(flasher)('%s needs no newer bash than 3.2', (name) => {
    const lines = readFileSync(join(root, name), 'utf8').split('\n')
    const found = lines.flatMap((line, index) =>
      tooNew.some((each) => each.test(line)) ? [`${index + 1}: ${line}`] : [],
    )
    expect(found).toEqual([])
  })

  /** Options that only the GNU programs have. */
  test.each(flasher)('%s calls programs as macOS has them', (name) => {
    const gnuOnly =
      /\bsed -i|\bsed [^|]*-[a-z]*r\b|\breadlink -f|\bstat -c|\bdate -d|\bgrep -[a-zA-Z]*P|\bmktemp -[pt]|\bhead -c-|\bsort -V|\bcp --|\bdd [^|]*status=/
    const lines = readFileSync(join(root, name), 'utf8').split('\n')
    expect(lines.filter((line) => gnuOnly.test(line) && !line.includes('as_root'))).toEqual([])
  })

  test('the help names every option that is read', () => {
    const text = readFileSync(join(root, 'flash.sh'), 'utf8')
    const help = text.slice(text.indexOf("<<'USAGE'"), text.indexOf('\nUSAGE\n'))
    const read = [...text.matchAll(/^ {4,8}(--[a-z-]+)(?: \| -h)?\)/gm)].map(([, option]) => option ?? '')
    expect(read.length).toBeGreaterThan(20)
    // For cards that are the same at every run: a matter of tests.
    expect(read.filter((option) => !['--instance-id', '--help'].includes(option) && !help.includes(option))).toEqual([])
    expect(relative(root, join(root, 'flash.sh'))).toBe('flash.sh')
  })
})

describe('secrets.pl', () => {
  const secrets = (mode: string, salt: string, secret: string) =>
    execFileSync('perl', [join(root, 'hardware/flash/secrets.pl'), mode, salt], {
      input: secret,
      encoding: 'utf8',
    }).trim()

  // IEEE 802.11i-2004, H.4.3.
  test.each([
    ['IEEE', 'password', 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e'],
    ['ThisIsASSID', 'ThisIsAPassword', '0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af'],
    ['Z'.repeat(32), 'a'.repeat(32), 'becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62'],
  ])('makes the Wi-Fi key of the standard for %s', (ssid, passphrase, key) => {
    expect(secrets('psk', ssid, passphrase)).toBe(key)
  })

  // SHA-crypt.txt of U. Drepper, and OpenSSL as a second opinion.
  test('makes the SHA-512 hash of the specification', () => {
    expect(secrets('crypt', 'saltstring', 'Hello world!')).toBe(
      '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
    )
  })
  test.each(['a', 'x'.repeat(63), 'y'.repeat(64), 'z'.repeat(200), 'pässwörd 密码', `'"$\\`])(
    'hashes %j as OpenSSL does',
    (password) => {
      const openssl = execFileSync('openssl', ['passwd', '-6', '-salt', 'abcDEF01./', '-stdin'], {
        input: password,
        encoding: 'utf8',
      })
      expect(secrets('crypt', 'abcDEF01./', password)).toBe(openssl.trim())
    },
  )
})
