import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileText, freshFiles, type Generation, makeFolder, makeImage, readFiles } from './card-image.ts'
import { answers, bundle, flash, golden, newFolder, root, sshKey, wifiPassword } from './flash.ts'

const passwordHash =
  '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJuesI68OTLiBFdcbYEdFCoEOfaS35inz1'
const generations: readonly Generation[] = ['bookworm', 'trixie']

let folder: ReturnType<typeof newFolder>
const at = (name: string) => join(folder.path, name)
beforeEach(() => {
  folder = newFolder()
  writeFileSync(at('key.pub'), `${sshKey}\n`)
})
afterEach(() => folder.remove())

const login = () => ['--ssh-key', at('key.pub'), '--password-hash', passwordHash]
const stage = (args: readonly string[], env: Readonly<Record<string, string>> = wifiPassword) =>
  flash({ args: [...args, ...login(), ...answers()], env, folder: folder.path })

const filesIn = (path: string, prefix = ''): string[] =>
  readdirSync(path).flatMap((name) => {
    const full = join(path, name)
    return statSync(full).isDirectory() ? filesIn(full, `${prefix}${name}/`) : [`${prefix}${name}`]
  })

/** What a staged card holds beside what was on it: the checked-in seed, and files that come from elsewhere unchanged. */
const expectedSeed = (generation: Generation): Map<string, Buffer> => {
  const seed = new Map(
    filesIn(join(golden, generation)).map((name) => [name, readFileSync(join(golden, generation, name))]),
  )
  seed.set('mynah/first-boot.sh', readFileSync(join(root, 'hardware/first-boot/first-boot.sh')))
  seed.set('mynah/mynah.tar.gz', readFileSync(bundle))
  if (generation === 'bookworm') seed.set('firstrun.sh', readFileSync(join(root, 'hardware/first-boot/firstrun.sh')))
  for (const name of ['issue.txt', 'kernel8.img']) seed.set(name, Buffer.from(freshFiles[generation][name] ?? ''))
  return seed
}

const sorted = (files: ReadonlyMap<string, Buffer>) =>
  [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => `${name}\n${bytes.toString('latin1')}`)

const firmwareKey = (letter: string) => `mynah-fw1.${letter.repeat(43)}`

describe('the keys of releases', () => {
  const settings = () => readFileSync(at('bootfs/mynah/settings.sh'), 'utf8')
  const stageWith = async (keys: string) => {
    makeFolder(at('bootfs'), freshFiles.trixie)
    return stage(['--seed-only', at('bootfs'), '--firmware-keys', keys])
  }
  test('come from the command line, or from the file that the signer has made', async () => {
    const both = `${firmwareKey('a')},${firmwareKey('b')}`
    expect(await stageWith(both)).toMatchObject({ exitCode: 0 })
    expect(settings()).toContain(`\nsetting_firmware_keys='${both}'\n`)
    writeFileSync(at('firmware.pub'), `${firmwareKey('c')}\n`)
    const fromFile = await stageWith(at('firmware.pub'))
    expect(fromFile.stderr).toContain(`Takes releases that are signed by ${firmwareKey('c')}.`)
    expect(settings()).toContain(`\nsetting_firmware_keys='${firmwareKey('c')}'\n`)
  })
  test('that are none, or the secret one, are refused with what would be right', async () => {
    expect(await stageWith('mynah-fw1.short')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('43 characters'),
    })
    writeFileSync(at('firmware.key'), '-----BEGIN PRIVATE KEY-----\n')
    expect((await stageWith(at('firmware.key'))).stderr).toContain('must never leave this computer')
  })
  test('that nobody gave are missed aloud', async () => {
    makeFolder(at('bootfs'), freshFiles.trixie)
    expect((await stage(['--seed-only', at('bootfs')])).stderr).toContain('Takes no releases')
  })
})

describe.each(generations)('a card with %s', (generation) => {
  test('has the checked-in seed after writing, byte by byte', async () => {
    makeImage(at('system.img'), { files: freshFiles[generation] })
    makeImage(at('card.img'), { files: { 'old.txt': 'gone' }, fatMebibytes: 12 })
    const outcome = await stage(['--disk', at('card.img'), '--image', at('system.img')])
    expect(outcome.stderr).toContain(`generation ${generation}`)
    expect(outcome.exitCode).toBe(0)
    expect(sorted(readFiles(at('card.img')))).toEqual(sorted(expectedSeed(generation)))
  })

  test('gets the same seed in a folder where it is mounted', async () => {
    makeFolder(at('bootfs'), freshFiles[generation])
    expect(await stage(['--seed-only', at('bootfs')])).toMatchObject({ exitCode: 0 })
    const written = new Map(filesIn(at('bootfs')).map((name) => [name, readFileSync(join(at('bootfs'), name))]))
    expect(sorted(written)).toEqual(sorted(expectedSeed(generation)))
  })

  test('can be staged again: nothing stands there twice', async () => {
    makeFolder(at('bootfs'), freshFiles[generation])
    await stage(['--seed-only', at('bootfs')])
    const once = filesIn(at('bootfs')).map((name) => `${name}\n${fileText(join(at('bootfs'), name))}`)
    await stage(['--seed-only', at('bootfs')])
    expect(filesIn(at('bootfs')).map((name) => `${name}\n${fileText(join(at('bootfs'), name))}`)).toEqual(once)
  })

  test('keeps what the firmware was told before', async () => {
    makeFolder(at('bootfs'), {
      ...freshFiles[generation],
      'config.txt': `${freshFiles[generation]['config.txt']}dtoverlay=disable-bt\n`,
    })
    await stage(['--seed-only', at('bootfs')])
    const config = fileText(at('bootfs/config.txt'))
    expect(config).toMatch(/dtoverlay=disable-bt\n# mynah: begin\n\[all\]\ndtparam=i2c_arm=on\n/)
  })

  test('is left alone by a dry run', async () => {
    makeImage(at('card.img'), { files: freshFiles[generation] })
    const before = readFileSync(at('card.img'))
    const outcome = await stage(['--disk', at('card.img'), '--restage', '--dry-run'])
    expect(outcome.stderr).toContain(`Would write the seed for ${generation}.`)
    expect(outcome.stderr).toMatch(/Would do, and leave everything else[\s\S]*Nothing was changed\./)
    expect(readFileSync(at('card.img')).equals(before)).toBe(true)
  })
})

test('a restaged card of cloud-init is a new instance, also for the kernel command line', async () => {
  makeImage(at('card.img'), {
    files: {
      ...freshFiles.trixie,
      'cmdline.txt': 'root=PARTUUID=1 rootwait ds=nocloud;i=rpi-imager-178 cfg80211.ieee80211_regdom=US\n',
    },
  })
  const restage = () =>
    flash({
      args: ['--disk', at('card.img'), '--restage', ...answers({ '--instance-id': undefined })],
      env: wifiPassword,
      folder: folder.path,
    })
  const idOf = () => /^instance-id: (mynah-\S+)$/m.exec(String(readFiles(at('card.img')).get('meta-data')))?.[1]
  expect(await restage()).toMatchObject({ exitCode: 0 })
  const first = idOf()
  expect(String(readFiles(at('card.img')).get('cmdline.txt'))).toBe(
    `root=PARTUUID=1 rootwait cfg80211.ieee80211_regdom=CH ds=nocloud;i=${first}\n`,
  )
  await restage()
  expect(first).toBeDefined()
  expect(idOf()).not.toBe(first)
})

test('a cable needs neither Wi-Fi nor country', async () => {
  makeFolder(at('bootfs'), freshFiles.trixie)
  const args = ['--seed-only', at('bootfs'), '--no-wifi', ...answers({ '--wifi': undefined, '--country': undefined })]
  expect(await flash({ args, folder: folder.path })).toMatchObject({ exitCode: 0 })
  expect(fileText(at('bootfs/network-config'))).not.toContain('wifis')
  expect(fileText(at('bootfs/cmdline.txt'))).not.toContain('regdom')
})

test('without a login nobody can log in, and the user exists all the same', async () => {
  makeFolder(at('bootfs'), freshFiles.trixie)
  await flash({ args: ['--seed-only', at('bootfs'), ...answers()], env: wifiPassword, folder: folder.path })
  const userData = fileText(at('bootfs/user-data'))
  expect(userData).toMatch(/name: pi\n.*\n.*\n {4}lock_passwd: true\nruncmd:/)
  expect(userData).not.toMatch(/sudo:|ssh, *\]/)
})

test('an unpacked, an xz and a gz image give the same card', async () => {
  makeImage(at('system.img'), { files: freshFiles.trixie })
  const { execFileSync } = await import('node:child_process')
  execFileSync('xz', ['-k1', at('system.img')])
  execFileSync('gzip', ['-k1', at('system.img')])
  const cards = []
  for (const image of ['system.img', 'system.img.xz', 'system.img.gz']) {
    cpSync(at('system.img'), at('card.img'))
    makeImage(at('card.img'), { files: {}, fatMebibytes: 12 })
    expect(await stage(['--disk', at('card.img'), '--image', at(image)])).toMatchObject({ exitCode: 0 })
    cards.push(sorted(readFiles(at('card.img'))))
  }
  expect(cards[1]).toEqual(cards[0])
  expect(cards[2]).toEqual(cards[0])
})
