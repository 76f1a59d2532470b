import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { speak } from '../test/wake/synthetic-voice.ts'

/**
 * What a speaker writes to its card: the real program and a real cloud, each in a process of its own, first left alone and then talked
 * to. Writes are those that the kernel counts for the speaker (`write_bytes` of /proc/PID/io), changes those of the folder of its store,
 * and the log is what systemd would be given. `npx tsx device/bench/card-writes.ts [--idle SECONDS]`; needs flite.
 */
const idleS = Number(process.argv[process.argv.indexOf('--idle') + 1] || 30)
const settleS = 12
const turnS = 11
const said: readonly string[] = [
  'what time is it',
  'set a timer for ten minutes',
  'set the volume to forty percent',
  'wake me up at seven tomorrow morning',
  'cancel the timer',
]

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const cloudProgram = at('../../scripts/run-cloud.mjs')
const deviceProgram = ['--import', 'tsx', at('../src/main.ts')]

const folder = mkdtempSync(join(tmpdir(), 'mynah-card-'))
const store = join(folder, 'store')
mkdirSync(store)
const samplesOf = (seconds: number) => new Int16Array(seconds * 16_000)
const turns = said.map((sentence) => {
  const sound = concatSamples([speak('hey jarvis', 'flite:slt'), samplesOf(0.3), speak(sentence, 'flite:slt')])
  return concatSamples([sound, new Int16Array(Math.max(0, turnS * 16_000 - sound.length))])
})
writeFileSync(join(folder, 'room.wav'), encodeWav(concatSamples([samplesOf(settleS + idleS), ...turns]), 16_000))

const children: ChildProcess[] = []
const start = (args: readonly string[]) => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  return child
}

const dataDir = join(folder, 'cloud')
const cloud = start(
  [cloudProgram, 'serve', '--json', '--data-dir', dataDir, '--host', '127.0.0.1'].concat([
    '--http-port',
    '0',
    '--mqtt-port',
    '0',
    '--udp-port',
    '0',
  ]),
)
const httpUrl = await new Promise<string>((resolve) => {
  createInterface({ input: cloud.stdout }).on('line', (line) => {
    const url = /"ready":true.*"http_url":"([^"]+)"/.exec(line)?.[1]
    if (url !== undefined) resolve(url)
  })
})
const token = execFileSync(process.execPath, [cloudProgram, 'enrolment-token', '--data-dir', dataDir], {
  encoding: 'utf8',
})
execFileSync(process.execPath, [
  ...deviceProgram,
  ...['enrol', '--store', store, '--cloud', httpUrl, '--token', token.trim()],
])

const changes = new Map<string, number>()
const seen = new Map<string, number>()
watch(store, (_, name) => {
  // Each write is a new file that takes the place of the one before; the watcher tells of it more than once.
  const file =
    name === null || name.endsWith('.next') ? undefined : statSync(join(store, name), { throwIfNoEntry: false })
  if (name === null || !file?.isFile() || seen.get(name) === file.mtimeMs) return
  seen.set(name, file.mtimeMs)
  changes.set(name, (changes.get(name) ?? 0) + 1)
})
const log = { lines: 0, bytes: 0 }
let ended = 0
const speaker = start([
  ...deviceProgram,
  ...['run', '--store', store, '--microphone', `file:${join(folder, 'room.wav')}`, '--loudspeaker', 'file:/dev/null'],
])
for (const stream of [speaker.stdout, speaker.stderr]) {
  createInterface({ input: stream }).on('line', (line) => {
    log.lines++
    log.bytes += line.length + 1
    if (line.includes('turn finished')) ended++
    if (process.argv.includes('--log')) console.error(line)
  })
}
const writtenBytes = () => Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${speaker.pid}/io`, 'utf8'))?.[1])
const look = () => ({ written: writtenBytes(), lines: log.lines, bytes: log.bytes, changes: new Map(changes) })
const report = (name: string, seconds: number, before: ReturnType<typeof look>) => {
  const now = look()
  const changed = [...now.changes].flatMap(([file, times]) => {
    const more = times - (before.changes.get(file) ?? 0)
    return more > 0 ? [[file, more] as const] : []
  })
  console.log(
    JSON.stringify({
      phase: name,
      seconds,
      written_kb: (now.written - before.written) / 1024,
      log_lines: now.lines - before.lines,
      log_bytes: now.bytes - before.bytes,
      files_written: Object.fromEntries(changed),
    }),
  )
}

try {
  const beginning = look()
  await systemClock.sleep((settleS + 3) * 1_000)
  report('start', settleS + 3, beginning)
  const idle = look()
  await systemClock.sleep((idleS - 6) * 1_000)
  report('idle', idleS - 6, idle)
  const talk = look()
  await systemClock.sleep((said.length * turnS + 8) * 1_000)
  report('talk', said.length * turnS + 8, talk)
  console.log(JSON.stringify({ turns_finished: ended, of: said.length }))
} finally {
  for (const child of children.toReversed()) {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}
