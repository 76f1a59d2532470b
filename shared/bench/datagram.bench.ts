import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { bench, do_not_optimize, run, summary } from 'mitata'
import { createOpener, createSealer, type StreamKey } from '../src/wire/datagram.ts'

/**
 * `npx tsx shared/bench/datagram.bench.ts`: sealing and opening one audio datagram (60-byte frame, two redundant ones), beside plain
 * AES-256-GCM on as many bytes in the same run. The ratio is what says something on another machine; the goal is <= 9 us of CPU
 * per opened datagram.
 */
const stream: StreamKey = { key: new Uint8Array(32).fill(7), streamId: 0x0123_4567_89ab_cdefn, direction: 'uplink' }
const frame = new Uint8Array(60).fill(1)
const redundancy = [frame, frame]
/** Few enough to stay in the CPU's cache, as a datagram is that has just been received. */
const count = 2_000

const sealAll = () => {
  const sealer = createSealer(stream)
  return Array.from({ length: count }, (_, i) =>
    sealer.seal({ type: 'audio', mediaTime: i * 320, payload: frame, redundancy }),
  )
}
const sealed = sealAll()

/** Opens the next datagram; a stream that is used up starts again under a fresh replay window. */
const createReceiver = () => {
  let opener = createOpener(stream)
  let next = 0
  return () => {
    if (next === count) {
      opener = createOpener(stream)
      next = 0
    }
    const opened = opener.open(sealed[next++] ?? frame)
    if (!opened.ok) throw new Error(opened.error.message)
    return opened.value
  }
}

const key = createSecretKey(stream.key)
const nonce = Buffer.alloc(12)
const plaintext = new Uint8Array(frame.length * 3 + 3)
const header = new Uint8Array(18)
const plainEncrypt = () => {
  const gcm = createCipheriv('aes-256-gcm', key, nonce)
  gcm.setAAD(header)
  const bytes = gcm.update(plaintext)
  gcm.final()
  return { bytes, tag: gcm.getAuthTag() }
}
const target = plainEncrypt()
const tag = target.tag
const plainDecrypt = () => {
  const gcm = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  gcm.setAuthTag(tag)
  gcm.setAAD(header)
  const bytes = gcm.update(target.bytes)
  gcm.final()
  return bytes
}
const sealer = createSealer(stream)
const sealOne = () => sealer.seal({ type: 'audio', mediaTime: 0, payload: frame, redundancy })
const openOne = createReceiver()
const forged = (sealed[0] ?? frame).slice()
forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1
const refusing = createOpener(stream)

summary(() => {
  bench('plain AES-256-GCM decrypt', () => do_not_optimize(plainDecrypt())).baseline(true)
  bench('open', () => do_not_optimize(openOne()))
  bench('refuse a forged datagram', () => do_not_optimize(refusing.open(forged)))
})
summary(() => {
  bench('plain AES-256-GCM encrypt', () => do_not_optimize(plainEncrypt())).baseline(true)
  bench('seal', () => do_not_optimize(sealOne()))
})
await run()

/** CPU time is steadier than wall time on a shared machine: the median of rounds. */
const cpuMicrosPer = (work: () => unknown): number => {
  const rounds = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < 20_000; i++) do_not_optimize(work())
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 20_000
  })
  return rounds.sort((a, b) => a - b)[4] ?? Number.NaN
}
const cpu = {
  'plain decrypt': cpuMicrosPer(plainDecrypt),
  open: cpuMicrosPer(openOne),
  'plain encrypt': cpuMicrosPer(plainEncrypt),
  seal: cpuMicrosPer(sealOne),
}
console.log('\nCPU microseconds per datagram, median of 9 rounds of 20,000')
for (const [name, micros] of Object.entries(cpu)) console.log(`${name.padEnd(14)} ${micros.toFixed(2)}`)
console.log(`open / plain decrypt ${(cpu.open / cpu['plain decrypt']).toFixed(2)}`)
console.log(`seal / plain encrypt ${(cpu.seal / cpu['plain encrypt']).toFixed(2)}`)
