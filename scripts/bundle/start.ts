import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { bundleJavaScript } from './javascript.ts'

/**
 * How long a speaker takes from the start of its process until it listens, bundled as `npm run bundle` does it, with files for its sound
 * and no owner. `npx tsx scripts/bundle/start.ts [starts]`; the first one, which may read from the disk, stands apart. Goal: 1.5 s.
 */
const starts = Number(process.argv[2] ?? 7)
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
// Inside of the checkout, where the packages are found that are not bundled.
const program = join(root, 'dist/start')
const house = mkdtempSync(join(tmpdir(), 'mynah-start-'))

for (const { path, bytes } of await bundleJavaScript(root)) {
  mkdirSync(dirname(join(program, path)), { recursive: true })
  writeFileSync(join(program, path), bytes)
}
writeFileSync(join(house, 'silence.wav'), encodeWav(new Int16Array(16_000 * 60), 16_000))

const startOnce = (): ChildProcess =>
  spawn(
    process.execPath,
    [
      join(program, 'main.js'),
      'run',
      // Nobody is there: it asks again and again for an owner, and listens.
      ...['--store', join(house, 'store'), '--cloud', 'http://127.0.0.1:9'],
      ...['--microphone', `file:${join(house, 'silence.wav')}`],
      ...['--loudspeaker', `file:${join(house, 'played.wav')}`],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )

/** Milliseconds until the line that says so. Throws with what the speaker said when it ends before. */
const untilListening = async (): Promise<number> => {
  const startedMs = systemClock.now()
  const child = startOnce()
  const exited = once(child, 'exit')
  const said: string[] = []
  try {
    if (child.stderr) {
      for await (const line of createInterface({ input: child.stderr })) {
        said.push(line)
        if (line.includes('the speaker listens')) return systemClock.now() - startedMs
      }
    }
    throw new Error(`it ended before it listened:\n${said.join('\n')}`)
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

try {
  const first = await untilListening()
  const times: number[] = []
  for (let n = 1; n < starts; n++) times.push(await untilListening())
  times.sort((a, b) => a - b)
  const median = times[Math.floor(times.length / 2)] ?? first
  const shown = (ms: number | undefined) => Math.round(ms ?? first)
  console.log(
    `from start to listening: first ${shown(first)} ms, then median ${shown(median)} (${shown(times[0])} to ${shown(times.at(-1))}) ms`,
  )
} finally {
  rmSync(house, { recursive: true, force: true })
}
