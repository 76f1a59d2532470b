import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requirement } from '../requirement.ts'
import { fileText, freshFiles, type Generation, makeFolder } from './card-image.ts'
import { answers, flash, newFolder, sshKey } from './flash.ts'

/** Texts that break careless quoting. Line breaks are refused (refusals.test.ts). */
const hostile = [
  `it's "quoted"`,
  '$(touch /tmp/mynah-owned)',
  '`id` $HOME $((1+1))',
  'back\\slash\\n \\',
  "'; rm -rf ~ #",
  '小智小智 ☕ Ünï',
  ' blanks  around ',
  '- list: {a: b} & *c !d %e @f',
  'true',
  '0123',
  '100%s %d %%',
] as const

const folder = newFolder()
const at = (name: string) => join(folder.path, name)
beforeAll(() => writeFileSync(at('key.pub'), `${sshKey} it's "mine" $HOME\n`))
afterAll(() => folder.remove())

const python = (script: string, path: string): unknown =>
  JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, path], { encoding: 'utf8' }))
const yaml = (path: string) =>
  python('import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))', path)
const toml = (path: string) =>
  python('import json,sys,tomllib; print(json.dumps(tomllib.load(open(sys.argv[1],"rb"))))', path)

/** What a shell makes of settings.sh: each name and its value, with NUL bytes between, which no value can hold. */
const settings = (shell: string, path: string): Record<string, string> => {
  const script = [
    '. "$0"',
    "for name in $(set | sed -n 's/^\\(setting_[a-z0-9_]*\\)=.*/\\1/p')",
    'do eval "value=\\$$name"',
    'printf \'%s\\0%s\\0\' "$name" "$value"',
    'done',
  ].join('\n')
  const parts = execFileSync(shell, ['-c', script, path], { encoding: 'utf8' }).split('\0')
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < parts.length; at += 2) pairs.push([parts[at] ?? '', parts[at + 1] ?? ''])
  return Object.fromEntries(pairs)
}

let count = 0
const staged = async (generation: Generation, wifi: string, password: string) => {
  const boot = at(`bootfs-${count++}`)
  makeFolder(boot, freshFiles[generation])
  const args = ['--seed-only', boot, '--ssh-key', at('key.pub'), ...answers({ '--wifi': wifi, '--name': wifi })]
  const outcome = await flash({ args, env: { MYNAH_WIFI_PASSWORD: password }, folder: folder.path })
  expect(outcome).toMatchObject({ exitCode: 0 })
  return { boot, said: outcome.stderr }
}
const keyOf = (ssid: string, password: string) =>
  execFileSync('/usr/bin/python3', [
    '-c',
    'import hashlib,sys; print(hashlib.pbkdf2_hmac("sha1",sys.argv[2].encode(),sys.argv[1].encode(),4096,32).hex())',
    ssid,
    password,
  ])
    .toString()
    .trim()

describe.each(hostile)('%j as a network, its password and the name of the speaker', (text) => {
  const password = `${text} 12345678`
  test('arrives in cloud-init as it was typed', async () => {
    const { boot, said } = await staged('trixie', text, password)
    expect(yaml(join(boot, 'network-config'))).toMatchObject({
      network: { wifis: { wlan0: { 'access-points': { [text]: { password: keyOf(text, password) } } } } },
    })
    expect(yaml(join(boot, 'user-data'))).toMatchObject({
      hostname: expect.stringMatching(/^mynah[a-z0-9-]*$/),
      users: [{ ssh_authorized_keys: [`${sshKey} it's "mine" $HOME`] }],
    })
    expect(yaml(join(boot, 'meta-data'))).toEqual({ 'instance-id': 'mynah-1', dsmode: 'local' })
    expect(said).not.toContain(password)
    expect(existsSync('/tmp/mynah-owned')).toBe(false)
  })

  test('arrives in the shell and in TOML as it was typed', async () => {
    const { boot } = await staged('bookworm', text, password)
    const path = join(boot, 'mynah/settings.sh')
    for (const shell of ['bash', 'dash']) {
      const read = settings(shell, path)
      const bytes = Buffer.from((read.setting_wifi_ssid_bytes ?? '').split(';').filter(Boolean).map(Number))
      expect(bytes.toString()).toBe(text)
      expect(read.setting_wifi_key).toBe(keyOf(text, password))
      expect(read.setting_ssh_key).toBe(`${sshKey} it's "mine" $HOME`)
    }
    expect(toml(join(boot, 'custom.toml'))).toMatchObject({
      config_version: 1,
      system: { hostname: expect.stringMatching(/^mynah[a-z0-9-]*$/) },
      ssh: { enabled: true, password_authentication: false, authorized_keys: [`${sshKey} it's "mine" $HOME`] },
      locale: { timezone: 'Europe/Zurich' },
    })
    expect(fileText(path)).not.toContain(password)
    expect(existsSync('/tmp/mynah-owned')).toBe(false)
  })
})

// Nobody installs it for this: it would take over the machine.
const cloudInit = requirement(existsSync('/usr/bin/cloud-init'), 'cloud-init, which a machine of its own has')

test.skipIf(!cloudInit.isMet)(cloudInit.naming('cloud-init itself finds nothing to complain about'), async () => {
  const { boot } = await staged('trixie', 'Home', 'correct horse')
  expect(() => execFileSync('cloud-init', ['schema', '-c', join(boot, 'user-data')])).not.toThrow()
})
