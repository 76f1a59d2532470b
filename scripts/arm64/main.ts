import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeWav, encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createExchange } from './exchange.ts'
import { arm64Root } from './root.ts'

/**
 * `npm run test:arm64`: the bundle for a Raspberry Pi in an arm64 root under qemu-user, as a whole process that is told what to do by a
 * broker. The first time it makes the root (debootstrap, some 60 MB). Not a spoken turn: a wake-word network that takes 1.5 ms here
 * takes half a second in emulation, where it has 80 ms.
 */
const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
/** Newer Debian has it under the second name. */
const qemu = existsSync('/usr/bin/qemu-aarch64-static') ? 'qemu-aarch64-static' : 'qemu-aarch64'

const say = (line: string) => console.log(line)

const newestBundle = (): string => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string } // ours
  const path = join(root, `dist/mynah-${version}-linux-arm64.tar.gz`)
  say('making the bundle for arm64')
  execFileSync('npm', ['run', '--silent', 'bundle', '--', '--target', 'arm64', '--out', path], {
    cwd: root,
    stdio: 'inherit',
  })
  return path
}

const loudestIn = (path: string): number => {
  const sound = existsSync(path) ? decodeWav(readFileSync(path)) : undefined
  return sound?.ok ? sound.value.samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) : 0
}

const main = async () => {
  const work = mkdtempSync(join(tmpdir(), 'mynah-arm64-'))
  const made = arm64Root(join(root, 'dist/cache/arm64-root'))
  if (!made.ok) throw new Error(made.error)
  const home = join(work, 'mynah')
  mkdirSync(home)
  execFileSync('tar', ['-xzf', process.argv[2] ?? newestBundle(), '-C', home])
  execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: home })
  const emulated = ['-cpu', 'cortex-a72', '-L', made.value.path, join(home, 'node/bin/node')]
  const about = execFileSync(qemu, [...emulated, '-p', 'process.arch + " " + process.version'], { encoding: 'utf8' })
  say(`root by ${made.value.madeBy}, node: ${about.trim()}`)

  const store = join(work, 'store')
  mkdirSync(store)
  writeFileSync(join(work, 'room.wav'), encodeWav(new Int16Array(16_000), 16_000))
  const exchange = await createExchange(store)
  const heard = join(work, 'heard.wav')
  const args = [
    'run',
    '--store',
    store,
    '--microphone',
    `file:${join(work, 'room.wav')}`,
    '--loudspeaker',
    `file:${heard}`,
  ]
  const startedAtMs = systemClock.now()
  const speaker = spawn(qemu, [...emulated, join(home, 'main.js'), ...args], { stdio: ['ignore', 'inherit', 'pipe'] })
  let log = ''
  speaker.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!log.includes('the speaker listens') && text.includes('the speaker listens')) {
      say(`it listens after ${Math.round(systemClock.now() - startedAtMs)} ms in emulation`)
    }
    log = (log + text).slice(-20_000)
  })
  const ended = new Promise<number | null>((settle) => void speaker.once('exit', settle))
  try {
    await exchange.run(say)
    speaker.kill('SIGTERM')
    const exitCode = await Promise.race([ended, systemClock.sleep(20_000).then(() => 'still there')])
    if (exitCode !== 0) throw new Error(`it did not stop in good order: ${exitCode}`)
    const peak = loudestIn(heard)
    if (peak < 5_000) throw new Error(`the loudest sample that it played is ${peak}`)
    say(`stops in good order; the loudest sample that it played is ${peak}\n1 passed, 0 failed`)
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\nThe speaker said last:\n${log.slice(-4_000)}`,
    )
  } finally {
    speaker.kill('SIGKILL')
    await ended
    await exchange.close()
    rmSync(work, { recursive: true, force: true })
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
