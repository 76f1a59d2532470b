import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createSealer, peekStreamId } from '@mynah/shared/wire/datagram.ts'
import { deriveSessionKeys, newSessionId, streamIdHex } from '@mynah/shared/wire/session-keys.ts'
import { createAudioWorker } from '../src/bridge/plane/audio-worker.ts'
import type { PeerPath } from '../src/bridge/plane/peer-path.ts'
import { createSpeechServers } from '../src/providers/speech-servers.ts'

/**
 * How late frames of many replies leave one worker, and what a spoken frame costs (Opus encoder and sealing included).
 * Run: npx tsx cloud/bench/bridge-pace.ts [streams] [seconds]
 */
const streams = Number(process.argv[2] ?? 50)
const seconds = Number(process.argv[3] ?? 5)
const leadMs = 200
const speech = Int16Array.from({ length: 24_000 * seconds }, (_, index) => Math.round(6_000 * Math.sin(index / 9)))

let receive: (bytes: Uint8Array, path: PeerPath) => void = () => {}
const sentAtMs = new Map<bigint, number[]>()
const worker = createAudioWorker({
  clock: systemClock,
  log: silentLog,
  emit: () => {},
  servers: createSpeechServers({ clock: systemClock }),
  stt: { transcribe: async function* () {} },
  tts: {
    async *synthesize() {
      for (let from = 0; from < speech.length; from += 4_800) {
        yield { samples: speech.slice(from, from + 4_800), sampleRateHz: 24_000 }
      }
    },
  },
  socket: {
    send: (bytes) => {
      // Audio only: type 0 in the low bits of the first byte.
      if (((bytes[0] ?? 0) & 0x0f) === 0) sentAtMs.get(peekStreamId(bytes) ?? 0n)?.push(systemClock.now())
    },
    onDatagram: (listener) => {
      receive = listener
    },
  },
})
const openStream = () => {
  const sessionId = newSessionId()
  const keys = deriveSessionKeys(new Uint8Array(32).fill(1), sessionId)
  const { streamId } = keys
  sentAtMs.set(streamId, [])
  worker.open({
    sessionId,
    deviceId: 'bench',
    streamId: streamIdHex(streamId),
    upKey: keys.uplinkKey,
    downKey: keys.downlinkKey,
    language: 'en',
    downlinkSampleRateHz: 24_000,
    listens: false,
  })
  const sealer = createSealer({ key: keys.uplinkKey, streamId, direction: 'uplink' })
  receive(sealer.seal({ type: 'probe', mediaTime: 0, payload: new Uint8Array(0) }), {
    type: 'udp',
    host: '127.0.0.1',
    port: 1,
  })
  worker.command({ type: 'speak', sessionId, sentenceId: 0, text: 'bench', language: 'en' })
  worker.command({ type: 'finish_speaking', sessionId })
}

const before = process.cpuUsage()
const startedAtMs = systemClock.now()
for (let stream = 0; stream < streams; stream++) {
  openStream()
  // Turns begin at any time, not all in one millisecond.
  await systemClock.sleep(1_000 / streams)
}
await systemClock.sleep(seconds * 1_000 + 500)
const used = process.cpuUsage(before)
const tookMs = systemClock.now() - startedAtMs

const lateMs: number[] = []
for (const times of sentAtMs.values()) {
  const [first = 0] = times
  for (const [index, atMs] of times.entries()) lateMs.push(atMs - Math.max(first, first + (index + 1) * 20 - leadMs))
}
lateMs.sort((a, b) => a - b)
const at = (share: number) => (lateMs[Math.floor(share * (lateMs.length - 1))] ?? 0).toFixed(1)
const cpuUs = used.user + used.system
console.log(
  `${streams} replies of ${seconds} s: ${lateMs.length} frames, ${((100 * cpuUs) / 1_000 / tookMs).toFixed(0)} % of a core`,
)
console.log(
  `late by p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms (a lead of ${leadMs} ms hides them)`,
)
console.log(`${(cpuUs / lateMs.length).toFixed(0)} us per frame, voice, codec and sealing included`)
worker.close()
