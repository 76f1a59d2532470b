import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshFiles, makeFolder, makeImage, putFile } from './card-image.ts'
import { answers, bundle, flash, newFolder, wifiPassword } from './flash.ts'

const folder = newFolder()
const at = (name: string) => join(folder.path, name)
beforeAll(() => {
  makeFolder(at('bootfs'), freshFiles.trixie)
  makeImage(at('system.img'), { files: freshFiles.trixie })
  writeFileSync(at('id'), '-----BEGIN OPENSSH PRIVATE KEY-----\n')
  writeFileSync(at('nokey.pub'), 'hello\n')
  writeFileSync(at('short'), 'abc\n')
  writeFileSync(at('text.img'), 'no image at all'.repeat(100))
})
afterAll(() => folder.remove())

const refusal = async (args: readonly string[], env: Readonly<Record<string, string>> = wifiPassword) => {
  const { exitCode, stderr } = await flash({ args, env, folder: folder.path })
  expect(exitCode).not.toBe(0)
  return stderr
}
const seedOnly = (changes: Readonly<Record<string, string | undefined>>, ...more: string[]) => [
  '--seed-only',
  at('bootfs'),
  ...answers(changes),
  ...more,
]

test('a dry run finds an image that cannot be unpacked, and no card is asked for it', async () => {
  writeFileSync(at('torn.img.xz'), 'no xz at all'.repeat(100))
  const args = ['--disk', at('system.img'), '--image', at('torn.img.xz'), '--dry-run', ...answers()]
  expect(await refusal(args)).toContain('torn.img.xz cannot be unpacked: it is damaged or no image')
})

describe('a wrong answer gets a sentence that helps', () => {
  test.each<[string, Record<string, string | undefined>, RegExp]>([
    ['country in small letters', { '--country': 'ch' }, /not a country code.*CH, CN/],
    ['country UK', { '--country': 'UK' }, /GB, not UK/],
    ['country that does not exist', { '--country': 'XX' }, /no country with the code XX/],
    ['no country', { '--country': undefined }, /country is missing: --country CH/],
    ['time zone by its city', { '--time-zone': 'Zurich' }, /no time zone "Zurich".*Did you mean Europe\/Zurich\?/],
    ['time zone with a blank', { '--time-zone': 'new york' }, /not a time zone.*Did you mean America\/New_York\?/],
    ['time zone that climbs', { '--time-zone': '../passwd' }, /not a time zone/],
    ['a continent', { '--time-zone': 'Europe' }, /no time zone "Europe"/],
    ['a long network name', { '--wifi': 'x'.repeat(33) }, /33 bytes long; at most 32/],
    ['a network name too long in UTF-8', { '--wifi': '网'.repeat(11) }, /33 bytes long; at most 32/],
    ['a network name of two lines', { '--wifi': 'a\nb' }, /must be one line/],
    ['a name of two lines', { '--name': 'a\nb: c' }, /must be one line/],
    ['a name with an escape', { '--name': 'a\u001b[31m' }, /must be one line/],
    ['no network', { '--wifi': undefined }, /--wifi NAME, or --no-wifi/],
    ['no cloud', { '--cloud': undefined }, /address of your cloud is missing/],
    ['cloud without a scheme', { '--cloud': '192.168.1.10:8700' }, /not the address of a cloud.*http:\/\//],
    ['the cloud as seen from itself', { '--cloud': 'http://localhost:8700' }, /the speaker cannot reach it there/],
    ['a cloud with a quote', { '--cloud': "http://a'b" }, /do not belong into an address/],
    ['a cut token', { '--token': 'mynah1.AAAA' }, /not a whole enrolment token.*73 characters; this has 11/],
    ['sound hardware', { '--audio': 'hdmi' }, /no sound hardware "hdmi": auto, usb, xvf3800 or 2mic/],
    ['language', { '--language': 'de' }, /en or zh, not "de"/],
    ['login name', { '--user': 'Root' }, /small letters/],
    ['a login name that is taken', { '--user': 'mynah' }, /is taken/],
    ['device id', { '--device-id': 'A B' }, /device id has 3 to 32/],
    ['a bundle that is missing', { '--bundle': '/nowhere.tar.gz' }, /cannot be read/],
    ['a room that no token carries', { '--room': 'Attic' }, /--room needs --api-token/],
    ['an unknown option', { '--colour': 'red' }, /no option --colour/],
  ])('%s', async (_what, changes, sentence) => {
    expect(await refusal(seedOnly(changes))).toMatch(sentence)
  })

  test.each([
    ['short', /is 3 characters long; WPA wants 8 to 63/],
    ['x'.repeat(65), /is 65 characters long/],
    ['g'.repeat(64), /64 hexadecimal digits/],
    ['tab\tinside', /one line without tabs/],
  ])('a Wi-Fi password "%s"', async (given, sentence) => {
    const password = given === 'short' ? 'abc' : given
    expect(await refusal(seedOnly({}), { MYNAH_WIFI_PASSWORD: password })).toMatch(sentence)
  })

  test('no Wi-Fi password', async () => {
    expect(await refusal(seedOnly({}), {})).toMatch(/--wifi-password-file FILE, or --wifi-open/)
  })
  test('a private SSH key', async () => {
    expect(await refusal(seedOnly({ '--ssh-key': at('id') }))).toMatch(/private key.*Give the public one/)
  })
  test('no SSH key in the file', async () => {
    expect(await refusal(seedOnly({ '--ssh-key': at('nokey.pub') }))).toMatch(/holds no public SSH key/)
  })
  test('a short login password', async () => {
    expect(await refusal(seedOnly({ '--password-file': at('short') }))).toMatch(/shorter than 8/)
  })
  test('a bundle for a PC', async () => {
    mkdirSync(at('pc'))
    writeFileSync(at('pc/manifest.json'), '{"target": "linux-x64"}')
    execFileSync('tar', ['-czf', at('pc.tar.gz'), '-C', at('pc'), 'manifest.json'])
    expect(await refusal(seedOnly({ '--bundle': at('pc.tar.gz') }))).toMatch(/for another processor/)
  })
  test('a bundle cut short', async () => {
    writeFileSync(at('cut.tar.gz'), execFileSync('head', ['-c', '200', bundle]))
    expect(await refusal(seedOnly({ '--bundle': at('cut.tar.gz') }))).toMatch(/no whole bundle/)
  })
})

describe('a wrong image is refused by what is wrong with it', () => {
  const card = () => {
    makeImage(at('card.img'), { files: {}, fatMebibytes: 12 })
    return at('card.img')
  }
  const write = (image: string) => refusal(['--disk', card(), '--image', image, ...answers()])
  const restage = (files: Readonly<Record<string, string>>) => {
    makeImage(at('other.img'), { files })
    return refusal(['--disk', at('other.img'), '--restage', ...answers()])
  }
  const without = (name: string) =>
    Object.fromEntries(Object.entries(freshFiles.bookworm).filter(([each]) => each !== name))

  test('no partition table', async () => {
    expect(await write(at('text.img'))).toMatch(/no FAT partition/)
  })
  test('another system', async () => {
    expect(await restage({ 'grub.cfg': '' })).toMatch(/no Raspberry Pi OS.*Lite image/)
  })
  test('no 64-bit kernel', async () => {
    expect(await restage(without('kernel8.img'))).toMatch(/64-bit kernel/)
  })
  test('another distribution for the Pi', async () => {
    expect(await restage(without('issue.txt'))).toMatch(/not Raspberry Pi OS/)
  })
  test('a system that is too old', async () => {
    const old = { ...freshFiles.bookworm, 'issue.txt': 'Raspberry Pi reference 2023-05-03\n' }
    expect(await restage(old)).toMatch(/of 2023-05-03, which is too old/)
  })
  test('the 32-bit download', async () => {
    cpSync(at('system.img'), at('raspios-armhf-lite.img'))
    expect(await write(at('raspios-armhf-lite.img'))).toMatch(/32-bit/)
  })
  test('a damaged download', async () => {
    writeFileSync(at('broken.img.xz'), 'xz it is not')
    expect(await write(at('broken.img.xz'))).toMatch(/damaged/)
  })
  test('no file', async () => {
    expect(await write('/nowhere.img')).toMatch(/cannot be read/)
  })
})

describe('room', () => {
  /** Puts files of `sizeBytes` until one more does not fit. */
  const fill = (image: string, sizeBytes: number) => {
    for (let count = 0; ; count++) {
      try {
        putFile(image, `${sizeBytes}-${count}.bin`, new Uint8Array(sizeBytes))
      } catch {
        // mcopy says by its exit code that the partition is full.
        return
      }
    }
  }
  test('a card smaller than the system is refused before anything is written', async () => {
    makeImage(at('small.img'), { files: { 'mine.txt': 'kept' }, fatMebibytes: 4 })
    const said = await refusal(['--disk', at('small.img'), '--image', at('system.img'), ...answers()])
    expect(said).toMatch(/holds 6\.3 MB, the system alone is 10\.5 MB/)
    expect(execFileSync('mtype', ['-i', `${at('small.img')}@@1M`, '::mine.txt']).toString()).toBe('kept')
  })
  test('a first partition that is full is named', async () => {
    makeImage(at('full.img'), { files: freshFiles.trixie, fatMebibytes: 4 })
    fill(at('full.img'), 1_000_000)
    fill(at('full.img'), 2_000)
    expect(await refusal(['--disk', at('full.img'), '--restage', ...answers()])).toMatch(/it is full/)
  })
})
