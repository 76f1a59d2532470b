import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { beats } from '../src/audio/backends/paced.ts'
import type { Loudspeaker, Microphone } from '../src/audio/ports.ts'
import { defaultConfig } from '../src/config/device-config.ts'
import { createSpeaker } from '../src/runtime/speaker.ts'
import { createSileroVad } from '../src/vad/silero.ts'
import { createOpenWakeWord } from '../src/wake/open-wake-word.ts'
import { ownVoiceRule } from '../src/wake/trigger.ts'

/**
 * What idle listening costs: a whole speaker with wake word and voice activity in real time, faint noise on the microphone and a
 * connected broker that says nothing. `npx tsx device/bench/idle.ts [seconds]`. Goal (issue 2): at most 8 % of one core, 150 MB.
 */
const seconds = Number(process.argv[2] ?? 30)
const warmUpMs = 5_000

const beat = { clock: systemClock, periodMs: 20, maxBehindMs: 1_000 }
/** Made ahead: 16,000 random numbers a second would cost as much as some of what is measured. */
const noise = Array.from({ length: 250 }, () => Int16Array.from({ length: 320 }, () => (Math.random() - 0.5) * 60))
const microphone: Microphone = {
  frames: async function* (signal) {
    let at = 0
    for await (const _ of beats(beat, signal)) yield noise[at++ % noise.length] ?? new Int16Array(320)
  },
}
const loudspeaker: Loudspeaker = {
  outputDelayMs: 0,
  play: async (render, signal) => {
    for await (const _ of beats(beat, signal)) render()
  },
}
const wakeWord = await createOpenWakeWord({ settings: defaultConfig.wake })
if (!wakeWord.ok) throw new Error(wakeWord.error.message)
const ownVoice = await createOpenWakeWord({ settings: defaultConfig.wake, rule: ownVoiceRule })
if (!ownVoice.ok) throw new Error(ownVoice.error.message)
const voiceActivity = await createSileroVad()
const storeDir = await mkdtemp(join(tmpdir(), 'mynah-idle-'))
const quiet = { send: () => {}, onDatagram: () => {}, close: async () => {} }
const speaker = createSpeaker({
  clock: systemClock,
  log: silentLog,
  random: Math.random,
  microphone,
  loudspeaker,
  wakeWord: wakeWord.value,
  ownVoice: ownVoice.value,
  voiceActivity,
  identity: {
    deviceId: 'bench',
    deviceSecret: new Uint8Array(32),
    cloudUrl: 'http://127.0.0.1:9',
    mqttUrl: 'mqtt://127.0.0.1:9',
    udp: { host: '127.0.0.1', port: 9 },
  },
  storeDir,
  network: {
    connectMqtt: async () => ({
      publish: async () => {},
      subscribe: async () => {},
      onMessage: () => {},
      onClose: () => {},
      close: async () => {},
    }),
    connectUdp: async () => quiet,
    connectTunnel: async () => quiet,
    fetch,
  },
  firmware: 'bench',
})
const stop = new AbortController()
const running = speaker.run(stop.signal)
await systemClock.sleep(warmUpMs)
const before = process.cpuUsage()
const startedAtMs = systemClock.now()
await systemClock.sleep(seconds * 1_000)
const used = process.cpuUsage(before)
const elapsedMs = systemClock.now() - startedAtMs
const cpuPercent = (used.user + used.system) / 10 / elapsedMs
const rssMb = process.memoryUsage.rss() / 2 ** 20
console.log(
  JSON.stringify({
    seconds,
    cpu_percent_of_one_core: Math.round(cpuPercent * 100) / 100,
    rss_mb: Math.round(rssMb),
    ...speaker.counters(),
  }),
)
stop.abort()
await running
await Promise.all([wakeWord.value.close(), ownVoice.value.close(), voiceActivity.close()])
await rm(storeDir, { recursive: true, force: true })
