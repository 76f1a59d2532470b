import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { deriveSessionKeys, newSessionId, streamIdHex } from '@mynah/shared/wire/session-keys.ts'
import { createAudioPlane } from '../src/bridge/plane/create-audio-plane.ts'
import { forkWorker } from '../src/bridge/plane/worker-process.ts'

/**
 * Wall time from a wake's keys to the reserved stream on a forked audio worker (with scripted engines): the bridge's part of wake to acknowledgement.
 * Run: npx tsx cloud/bench/bridge-wake.ts [wakes]
 */
const wakes = Number(process.argv[2] ?? 500)
const plane = createAudioPlane({
  clock: systemClock,
  log: silentLog,
  workers: 2,
  bindHost: '127.0.0.1',
  publicHost: () => '127.0.0.1',
  basePort: 0,
  speechAddress: '127.0.0.1:1',
  startWorker: () => forkWorker({ module: new URL('../test/bridge/plane/main-scripted-worker.ts', import.meta.url) }),
})
const controller = new AbortController()
const running = plane.run(controller.signal)
await plane.ready(AbortSignal.timeout(30_000))
const tookMs: number[] = []
for (let wake = 0; wake < wakes; wake++) {
  const startedAtMs = systemClock.now()
  const sessionId = newSessionId()
  const keys = deriveSessionKeys(new Uint8Array(32).fill(1), sessionId)
  await plane.open({
    sessionId,
    deviceId: `speaker-${wake}`,
    streamId: streamIdHex(keys.streamId),
    upKey: keys.uplinkKey,
    downKey: keys.downlinkKey,
    language: 'en',
    downlinkSampleRateHz: 24_000,
    listens: false,
  })
  tookMs.push(systemClock.now() - startedAtMs)
  plane.command({ type: 'close_stream', sessionId })
}
tookMs.sort((a, b) => a - b)
const at = (share: number) => (tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0).toFixed(2)
console.log(`wake to reserved stream, ${wakes} wakes: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`)
controller.abort()
await running
