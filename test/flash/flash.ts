import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const golden = join(root, 'test/flash/golden')
export const bundle = join(golden, 'bundle.tar.gz')
export const token = `mynah1.${'A'.repeat(22)}.${'b'.repeat(43)}`
export const sshKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFnonsenseKeyForTheTestsOnlyAAAAAAAAAAAAAAAA test@example.org'

/** A folder for one test, removed by `remove`. */
export const newFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'mynah-flash-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export type Outcome = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }

type Call = {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Programs that stand before the real ones on the PATH: name -> shell script. */
  readonly programs?: Readonly<Record<string, string>>
  readonly folder: string
}

/** Runs the flasher as a person would who is not at a terminal. */
export const flash = async ({ args, env = {}, programs = {}, folder }: Call): Promise<Outcome> => {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return run('bash', [join(root, 'flash.sh'), ...args], {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    LC_ALL: 'C.UTF-8',
    ...env,
  })
}

export const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>>) =>
  new Promise<Outcome>((settle, reject) => {
    const child = spawn(command, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (exitCode) => settle({ exitCode, stdout, stderr }))
  })

/** Answers that are all right, and the same at every run. */
export const goodAnswers: readonly string[] = Object.entries({
  '--wifi': 'Home',
  '--country': 'CH',
  '--name': 'Kitchen',
  '--time-zone': 'Europe/Zurich',
  '--language': 'en',
  '--audio': '2mic',
  '--cloud': 'http://192.168.1.10:8700',
  '--token': token,
  '--device-id': 'mynah-0123456789ab',
  '--instance-id': 'mynah-1',
  '--bundle': bundle,
}).flat()

export const wifiPassword = { MYNAH_WIFI_PASSWORD: 'correct horse' }

/** `goodAnswers` with some of them replaced (a value) or left out (undefined). */
export const answers = (changes: Readonly<Record<string, string | undefined>> = {}): string[] => {
  const given = [...goodAnswers]
  for (const [flag, value] of Object.entries(changes)) {
    const at = given.indexOf(flag)
    if (at >= 0) given.splice(at, 2)
    if (value !== undefined) given.unshift(flag, value)
  }
  return [...given, '--yes']
}
