// Brings a fresh clone to a runnable state: npm packages from the lock file, Debian packages for the speech engines.
// Plain JavaScript without imports of ours: it runs before anything is installed. Silent and fast when nothing is missing.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const say = (line) => process.stderr.write(`setup: ${line}\n`)
const fail = (line) => {
  say(line)
  process.exit(1)
}

const quiet = (command, args) => spawnSync(command, args, { encoding: 'utf8' })

const requireNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Node 20.19 or newer is needed, this is ${process.versions.node}. On Debian 13: apt install nodejs npm`)
}

const lockFile = join(root, 'package-lock.json')
const lockDigest = createHash('sha256').update(readFileSync(lockFile)).update(process.versions.modules).digest('hex')
const stamp = join(root, 'node_modules', '.mynah-setup')
/** The lock file's digest is kept beside the installed packages: when it is unchanged nothing has to be done. */
const npmPackagesAreCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest

/** Node's own folder: its headers are beside it in every package of Node but Debian's, where they are one of their own. */
const nodePrefix = join(dirname(realpathSync(process.execPath)), '..')
const nodeHeaders = join(nodePrefix, 'include/node/node_api.h')

/** What compiles uses all processors, and the headers that are here: fetching them would need another host than npm's. */
const compiling = () => ({
  JOBS: 'max',
  // SQLite at -O2, as Debian builds it, takes two thirds of the time that -O3 takes.
  CFLAGS: process.env.CFLAGS ?? '-O2',
  ...(existsSync(nodeHeaders) ? { npm_config_nodedir: nodePrefix } : {}),
})

/** npm 9, which Debian 13 has, ends at `overrides` that name another package; a newer one is then fetched, for this alone. */
const npmThatReadsOverrides = () => {
  const [major = 0] = (quiet('npm', ['--version']).stdout ?? '').split('.').map(Number)
  if (major >= 10) return { command: 'npm', args: [], cwd: root }
  // From another folder: the old one would read them first.
  return { command: 'npx', args: ['--yes', 'npm@11', '--prefix', root], cwd: tmpdir() }
}

const installNpmPackages = () => {
  if (npmPackagesAreCurrent) return
  say('installing npm packages (the first time takes a few minutes: SQLite is compiled)')
  const { command, args, cwd } = npmThatReadsOverrides()
  const installed = spawnSync(
    command,
    [...args, 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd,
      // Not `npm ci`: it refuses a lock file when a registry mirror lacks a build for a platform that nobody here uses.
      // Standard output is kept for the program that follows; see docs/adr/0001 for the skipped CUDA download.
      stdio: ['ignore', process.stderr, process.stderr],
      env: {
        ...process.env,
        ...compiling(),
        ONNXRUNTIME_NODE_INSTALL: 'skip',
        NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true',
      },
    },
  )
  if (installed.status !== 0) {
    fail('npm install failed. A C++ compiler, make and python3 are needed once: apt install g++ make python3')
  }
  writeFileSync(stamp, lockDigest)
}

const has = (paths) => paths.some((path) => existsSync(path))
const libraryDirs = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/arm-linux-gnueabihf',
  '/usr/lib',
]
const library = (...names) => libraryDirs.flatMap((dir) => names.map((name) => join(dir, name)))

/** SQLite is compiled where npm finds no build of it. */
const compilerNeeds = [
  { proof: ['/usr/bin/g++'], packages: ['g++'] },
  { proof: ['/usr/bin/make'], packages: ['make'] },
  { proof: ['/usr/bin/python3'], packages: ['python3'] },
  ...(nodePrefix === '/usr' ? [{ proof: [nodeHeaders], packages: ['libnode-dev'] }] : []),
]

/** Each entry: what proves that it is there, and the package names to try in order (Debian 12 and 13 differ). */
const debianNeeds = [
  {
    proof: library('libpocketsphinx.so.3', 'libpocketsphinx.so.5', 'libpocketsphinx.so'),
    packages: ['libpocketsphinx3', 'libpocketsphinx5', 'libpocketsphinx-dev'],
  },
  { proof: ['/usr/share/pocketsphinx/model/en-us/en-us.lm.bin'], packages: ['pocketsphinx-en-us'] },
  { proof: library('libflite_cmu_us_slt.so.1'), packages: ['libflite1'] },
  { proof: ['/usr/bin/flite'], packages: ['flite'] },
  { proof: ['/usr/bin/espeak-ng'], packages: ['espeak-ng'] },
  // What `npm run models` brings is packed with it.
  { proof: ['/usr/bin/bzip2'], packages: ['bzip2'] },
  // The simulator's independent ear: a recogniser program that shares nothing with the speech service.
  { proof: ['/usr/bin/pocketsphinx_continuous', '/usr/bin/pocketsphinx'], packages: ['pocketsphinx'] },
]

/** With `--tests`: what only the tests use. */
const testNeeds = [
  { proof: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'], packages: ['chromium'] },
  // The flasher: it is run on image files, and what it generates is checked by other programs.
  { proof: ['/usr/bin/mcopy'], packages: ['mtools'] },
  { proof: ['/usr/bin/xz'], packages: ['xz-utils'] },
  { proof: ['/usr/bin/curl'], packages: ['curl'] },
  { proof: ['/usr/bin/shellcheck'], packages: ['shellcheck'] },
  { proof: ['/usr/lib/python3/dist-packages/yaml/__init__.py'], packages: ['python3-yaml'] },
  { proof: ['/usr/bin/dtc'], packages: ['device-tree-compiler'] },
  { proof: ['/usr/bin/arecord'], packages: ['alsa-utils'] },
  // A sound card without hardware, and what the package `speaker` is compiled against.
  { proof: ['/usr/bin/pulseaudio'], packages: ['pulseaudio'] },
  { proof: ['/usr/bin/pacat'], packages: ['pulseaudio-utils'] },
  {
    proof: library('alsa-lib/libasound_module_pcm_pulse.so'),
    packages: ['libasound2-plugins'],
  },
  { proof: ['/usr/include/alsa/asoundlib.h'], packages: ['libasound2-dev'] },
]
/** With `--arm64`: a Raspberry Pi's programs on another processor. */
const arm64Needs = [
  { proof: ['/usr/bin/qemu-aarch64-static', '/usr/bin/qemu-aarch64'], packages: ['qemu-user-static', 'qemu-user'] },
  { proof: ['/usr/sbin/debootstrap'], packages: ['debootstrap'] },
]
const needs = [
  ...(npmPackagesAreCurrent ? [] : compilerNeeds),
  ...debianNeeds,
  ...(process.argv.includes('--tests') ? testNeeds : []),
  ...(process.argv.includes('--arm64') ? arm64Needs : []),
]

const run = (command, args) =>
  spawnSync(command, args, {
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })

const candidate = (packages) =>
  packages.find((name) => /Candidate: (?!\(none\))/.test(quiet('apt-cache', ['policy', name]).stdout ?? ''))

const asRoot = () => {
  if (process.getuid?.() === 0) return []
  if (quiet('sudo', ['-n', 'true']).status === 0) return ['sudo', '-n']
  return undefined
}

const installDebianPackages = () => {
  const missing = needs.filter((need) => !has(need.proof))
  if (missing.length === 0) return
  if (!existsSync('/usr/bin/apt-get')) {
    say(`not a Debian system: Mynah needs ${missing.map((need) => need.packages[0]).join(', ')} from your distribution`)
    return
  }
  const prefix = asRoot()
  const names = () => missing.map((need) => candidate(need.packages) ?? need.packages[0])
  if (!prefix) {
    fail(
      `these Debian packages are missing. Run once:\n  sudo apt-get update && sudo apt-get install -y ${names().join(' ')}`,
    )
  }
  const [command, ...args] = [...prefix, 'apt-get']
  say(`installing Debian packages: ${missing.map((need) => need.packages[0]).join(', ')}`)
  if (missing.some((need) => !candidate(need.packages))) run(command, [...args, 'update', '-qq'])
  if (run(command, [...args, 'install', '-y', '-qq', ...names()]).status !== 0) {
    // A package list that is too old names files that are gone: refresh once and try again.
    run(command, [...args, 'update', '-qq'])
    if (run(command, [...args, 'install', '-y', '-qq', ...names()]).status !== 0) {
      fail(`apt-get could not install ${names().join(' ')}. Its message is above.`)
    }
  }
}

/** npm leaves `speaker` uncompiled (`allowScripts`), so that nobody needs the headers of ALSA; only its own tests want it. */
const compileSpeaker = () => {
  const folder = join(root, 'node_modules/speaker')
  if (!existsSync(folder) || existsSync(join(folder, 'build/Release/binding.node'))) return
  const built = spawnSync('npm', ['explore', 'speaker', '--', 'node-gyp', 'rebuild', '--silent'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...compiling() },
  })
  if (built.status !== 0)
    say(`the package speaker cannot be compiled; its tests are skipped\n${built.stderr.slice(-500)}`)
}

requireNode()
installDebianPackages()
installNpmPackages()
if (process.argv.includes('--tests')) compileSpeaker()
